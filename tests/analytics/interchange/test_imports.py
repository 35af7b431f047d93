"""Files as OpenFace, py-feat and Affectiva write them are read; broken ones are named."""

from fractions import Fraction

import numpy as np
import pytest

from laughtrack.analytics.interchange.face_imports import join, read
from tests.analytics.faces_text import OPENFACE_1, OPENFACE_2, PYFEAT, SESSION, affectiva

NAN = float("nan")


@pytest.fixture
def write(tmp_path):
    """Return the function that writes a file and says where."""

    def write(text, name="faces.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def rows(faces, *names):
    """Return columns as a list of tuples."""
    return [*zip(*(faces.table[name].tolist() for name in names), strict=True)]


def test_openface_1_is_read(write):
    """A lost face is absent; intensity is out of 5; one face is one viewer."""
    faces = read(write(OPENFACE_1), "openface")
    assert rows(faces, "viewer_id", "t_s", "raw", "quality") == [
        (1, 0.0, 0.09, 0.98),
        (1, 0.033, 0.5, 0.98),
        (1, 0.1, 1.0, 0.97),
    ]
    assert faces.frames_t_s.tolist() == [0, 0.033, 0.067, 0.1]


def test_openface_landmarks_make_the_box(write):
    """The smallest around those in the picture; those in space are not taken."""
    faces = read(write(OPENFACE_1), "openface")
    assert rows(faces, "x1", "y1", "x2", "y2")[0] == (277, 181, 378, 261)


def test_openface_2_is_read(write):
    """Faces by number, whose boxes nobody knows."""
    faces = read(write(OPENFACE_2), "openface")
    assert rows(faces, "viewer_id", "t_s", "raw") == [
        (1, 0.0, 0.2),
        (2, 0.0, 0.0),
        (2, 0.033, 0.05),
        (1, 3.3, 0.8),
    ]
    assert not faces.table[["x1", "y1", "x2", "y2"]].any(axis=None)


def test_no_row_is_nobody_not_a_camera_off(write):
    """In seconds without any row the recording was looked at all the same."""
    faces = read(write(OPENFACE_2), "openface")
    assert faces.frames_t_s.tolist() == [0, 0.033, 1, 2, 3.3]


def test_openface_frames_have_times_by_rate(write):
    """Of pictures, whose times are all 0."""
    text = OPENFACE_1.replace("0.033", "0").replace("0.067", "0").replace("0.1,", "0,")
    faces = read(write(text), "openface", Fraction(25))
    assert faces.frames_t_s.tolist() == [0, 0.04, 0.08, 0.12]


def test_pyfeat_is_read(write):
    """People by number, times by frame; who has no value for the smile was not judged."""
    faces = read(write(PYFEAT), "pyfeat", Fraction(25))
    assert rows(faces, "viewer_id", "t_s", "x1", "y2")[:2] == [(1, 0.0, 326, 873), (2, 0.0, 30, 83)]
    assert rows(faces, "viewer_id", "t_s")[2:] == [(1, 0.08), (1, 0.24)]
    np.testing.assert_allclose(faces.table["raw"], [1.0, 0.125, 0.834, NAN])
    assert faces.frames_t_s.tolist() == [0, 0.08, 0.16, 0.24]


def test_pyfeat_people_with_names_are_numbered(write):
    """In order of their first row."""
    text = PYFEAT.replace("Person_0", "row B").replace("Person_1", "row A")
    assert read(write(text), "pyfeat", Fraction(25)).table["viewer_id"].tolist() == [1, 2, 1, 1]


def test_pyfeat_of_one_face_needs_no_names(write):
    """Older versions have none."""
    lines = [line.rsplit(",", 1)[0] for line in PYFEAT.splitlines()]
    faces = read(write("\n".join([*lines[:2], *lines[3:]])), "pyfeat", Fraction(25))
    assert faces.table["viewer_id"].tolist() == [1, 1, 1]


def test_pyfeat_of_several_faces_needs_names(write):
    """Otherwise nobody knows whose row it is."""
    text = PYFEAT.replace("Person_0", "").replace("Person_1", "")
    with pytest.raises(ValueError, match="no Identity to tell whose"):
        read(write(text), "pyfeat", Fraction(25))


def test_pyfeat_needs_the_rate(write):
    """Its times are whole seconds."""
    with pytest.raises(ValueError, match="give --fps"):
        read(write(PYFEAT), "pyfeat")


def test_affectiva_is_read(write):
    """Faces by number, percentages; a face without a smile was not judged."""
    faces = read(write(SESSION), "affectiva")
    assert rows(faces, "viewer_id", "t_s", "quality") == [
        (4, 0.0, 1.0),
        (5, 0.0, 1.0),
        (4, 0.2, 0.0),
        (5, 0.2, 1.0),
    ]
    np.testing.assert_allclose(faces.table["raw"], [0.596, 0.001, NAN, 1.0])
    assert faces.frames_t_s.tolist() == [0, 0.1, 0.2]


def test_full_scale_can_be_another(write):
    """Half of OpenFace's may do for a whole smile; what is above it is one too."""
    faces = read(write(OPENFACE_1), "openface", full_scale=2.5)
    assert faces.table["raw"].tolist() == [0.18, 1.0, 1.0]


def test_only_lost_faces_are_nobody(write):
    """A result, not an error."""
    faces = read(write(OPENFACE_1.replace(", 1, 0.29", ", 0, 0.29")), "openface")
    assert faces.table.empty and len(faces.frames_t_s) == 4


def test_files_of_one_recording_are_joined(write):
    """The second's viewers follow the first's."""
    one, two = read(write(OPENFACE_2), "openface"), read(write(OPENFACE_1), "openface")
    faces = join([one, two])
    assert rows(faces, "viewer_id", "t_s")[:3] == [(1, 0.0), (2, 0.0), (3, 0.0)]
    assert len(faces.table) == 7 and faces.table["t_s"].is_monotonic_increasing
    assert faces.frames_t_s.tolist() == [0, 0.033, 0.067, 0.1, 1, 2, 3.3]


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("2,1,0.033", "2,1,0.000", r"line 4: time is 0.0 s, as for the same face on line 3"),
        ("100,0,3.300", "100,0,0.020", r"line 5: time is 0.02 s after 0.033 s: .* order of time"),
        ("0.033", "soon", r"line 4: timestamp is 'soon': expected a number"),
        ("0.033", "-1", r"line 4: timestamp is -1.0: expected a number from 0"),
        ("3.300", "1769890500", r"line 5: time is 1769890500.0 s: expected seconds since"),
        ("0.033", "", r"line 4: timestamp is missing"),
        ("2,1,0.033", "2,,0.033", r"line 4: face_id is missing: expected whose face it is"),
        ("4.00", "-4.00", r"line 5: AU12_r is -4.0: expected a number from 0"),
        ("4.00", "inf", r"line 5: AU12_r is inf: expected a number"),
        ("3.300,0.98", "3.300,98", r"line 5: confidence is 98.0: .* from 0 to 1"),
        ("timestamp,confidence", "t,conf", r"no column timestamp, confidence: it has frame, face"),
        (
            "1,1,0.000",
            "1,1,0.000,1,2,3,4,5",
            r"line 3: 12 cells, the first line has 7: '1', '1', '0.000', .*; put cells",
        ),
    ],
)
def test_openface_faults_are_named(old, new, says, write):
    """File, line and value, and what was expected."""
    assert old in OPENFACE_2
    path = write(OPENFACE_2.replace(old, new, 1))
    with pytest.raises(ValueError, match=says) as error:
        read(path, "openface")
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "text, says",
    [
        ("{", "is not JSON"),
        ("[]", "content_type is None"),
        (affectiva(content_type="application/vnd.affectiva.metrics.v0+json"), "metrics.v0"),
        (affectiva((0.0, {}), ("late", {})), "frame 1: time is 'late'"),
        (affectiva((0.0, {}), (None, {})), "frame 1: time is missing"),
        (affectiva((0.0, {}), (0.1, [])), "frame 1: expected time and faces"),
        (affectiva((1.0, {}), (0.5, {})), "frame 1: time is 0.5 s after 1.0 s"),
        (affectiva((1.0, {"1": {}}), (1.0, {"1": {}})), "frame 1: time is 1.0 s, as .* frame 0"),
        (affectiva((0.0, {"0": {"smile": "TF"}})), "frame 0: smile is 'TF'"),
        (affectiva(), "no rows in it"),
    ],
)
def test_affectiva_faults_are_named(text, says, write):
    """File, frame and value, and what was expected."""
    path = write(text, "session.json")
    with pytest.raises(ValueError, match=says) as error:
        read(path, "affectiva")
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["", "\x00\x01", "frame\n"])
def test_what_is_no_table_is_named(text, write):
    """Nothing, noise, or a file of other columns."""
    path = write(text)
    with pytest.raises(ValueError, match=r"not CSV|no column"):
        read(path, "openface")


def test_a_head_alone_has_no_rows(write):
    """There is no recording to speak of."""
    with pytest.raises(ValueError, match="no rows in it"):
        read(write(OPENFACE_2.splitlines()[0] + "\n"), "openface")


def test_blank_lines_keep_the_count(write):
    """They are passed over, and the next fault's line is the file's."""
    path = write(OPENFACE_2.replace("2,1,0.033", "\n\n2,1,late"))
    with pytest.raises(ValueError, match="line 6: timestamp is 'late'"):
        read(path, "openface")
