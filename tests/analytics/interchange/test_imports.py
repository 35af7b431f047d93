"""Files as other programs of faces write them are read; broken ones are named."""

from fractions import Fraction

import numpy as np
import pytest

from laughtrack.analytics.interchange.face_imports import join, read
from tests.analytics.faces_text import (
    AFFDEX,
    FACEREADER,
    FACET,
    OPENFACE_1,
    OPENFACE_2,
    PYFEAT,
    SESSION,
    affectiva,
)

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


def test_facet_of_imotions_is_read(write):
    """Odds are probabilities; rows of other sensors are copies; no value is nobody."""
    faces = read(write(FACET), "imotions")
    assert rows(faces, "viewer_id", "t_s", "x1", "y2") == [
        (1, 0.0, 10, 60),
        (1, 0.033, 10, 60),
        (1, 0.1, 11, 60),
    ]
    np.testing.assert_allclose(faces.table["raw"], [1 / 101, 0.5, 100 / 101])
    assert faces.frames_t_s.tolist() == [0, 0.033, 0.067, 0.1]
    assert "FACET's 'Joy Evidence', as the probability" in faces.remarks[0]


def test_affdex_of_imotions_is_read(write):
    """The smile's own column counts, not joy's; what is above the header is passed over."""
    faces = read(write(AFFDEX), "imotions")
    assert rows(faces, "t_s", "raw") == [(0.002, 0.125), (0.042, 1.0), (0.082, 0.0)]
    assert "AFFDEX's 'Smile'" in faces.remarks[0]
    only_joy = AFFDEX.replace(",Smile,", ",Attention,")
    faces = read(write(only_joy), "imotions", full_scale=80)
    assert faces.table["raw"].tolist() == [0.00125, 1.0, 0.00125]


@pytest.mark.parametrize(
    "text, full, says",
    [
        (FACET.replace("R3", "R4", 1), None, r"has 2 respondents .* one file a respondent"),
        (FACET.replace("\t33\t\t1", "\tsoon\t\t1"), None, "line 9: Timestamp is 'soon'"),
        (FACET.replace("\t33\t\t1", "\t3.3e9\t\t1"), None, "is 0.067 s after 3300000.0|seconds"),
        (FACET, 5.0, "is of odds and has no full scale"),
        (AFFDEX.replace(",100,1\n", ",101,1\n"), None, "line 10: Smile is 101.0: .* to 100"),
        (AFFDEX.replace(",Smile,", ",Blink,").replace(",Joy,", ",Row,"), None, "without a line of"),
        ("Timestamp\tSmile\n", None, "no row has a value"),
    ],
)
def test_imotions_faults_are_named(text, full, says, write):
    """The file, and what to do."""
    path = write(text)
    with pytest.raises(ValueError, match=says) as error:
        read(path, "imotions", full_scale=full)
    assert str(path) in str(error.value)


def test_imotions_seconds_and_stimuli_are_said(write):
    """What was understood of a file that could have been meant otherwise."""
    text = AFFDEX.replace(",41.5,", ",0.0415,").replace(",81.5,", ",0.0815,")
    text = text.replace(",1.5,", ",0.0015,").replace(",60.0,", ",0.06,")
    faces = read(write(text.replace("Video,ad,,,,\n5", "Video,film,,,,\n5")), "imotions")
    assert faces.table["t_s"].tolist() == [0.002, 0.042, 0.082]
    assert any("taken for seconds" in each for each in faces.remarks)
    assert any("2 stimuli (ad, film)" in each for each in faces.remarks)


FILES = {"openface": OPENFACE_2, "pyfeat": PYFEAT, "affectiva": SESSION, "imotions": FACET}


@pytest.mark.parametrize("wrong", FILES)
@pytest.mark.parametrize("form", FILES)
def test_another_programs_file_is_named(form, wrong, write):
    """Whichever program was named, a known file says whose it is."""
    if wrong != form:
        with pytest.raises(ValueError, match=f"seems to be of {form}: give --as {form}"):
            read(write(FILES[form]), wrong, Fraction(25))
    with pytest.raises(ValueError, match="seems to be Noldus FaceReader's log, which is not read"):
        read(write(FACEREADER), wrong, Fraction(25))


# How programs write that there is no number.
NANS = ["nan", "NaN", "-nan", "-nan(ind)", "nan(ind)", "-NaN(IND)", "nan(snan)", "-1.#IND"]
NANS += ["1.#QNAN", "-1.#QNAN0", "1.#SNAN", "N/A", "NULL", "None", "#N/A", ""]
# Where the program does not mean that there is none.
NO_NUMBERS = ["inf", "-inf", "1.#INF", "-1.#INF", "1e400", "１２", "1_000", "0x10", "12%", "1,234"]
NO_NUMBERS += ["1.234,5", "May-01", "x", "9" * 400]


@pytest.mark.slow
@pytest.mark.parametrize("text", NANS)
def test_not_a_number_is_not_scored_and_counted(text, write):
    """Each program's way of writing it; a face that is there has no score, and that is said."""
    faces = read(write(OPENFACE_2.replace("0.93,1,0.25", f"0.93,1,{text}")), "openface")
    np.testing.assert_allclose(faces.table["raw"], [0.2, 0.0, NAN, 0.8])
    assert ["1 of 4 faces have no number for the smile" in each for each in faces.remarks] == [True]
    with pytest.raises(ValueError, match="line 4: timestamp is missing"):
        read(write(OPENFACE_2.replace("0.033", text)), "openface")
    faces = read(write(FACET.replace("\t2\t0.5", f"\t{text}\t0.5")), "imotions")
    assert len(faces.table) == 2
    faces = read(write(PYFEAT.replace("1.0,0.834", f"1.0,{text}")), "pyfeat", Fraction(25))
    assert faces.table["raw"].isna().sum() == 2


@pytest.mark.slow
@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_names_its_line(text, write):
    """The value is in the message, as it stands in the file."""
    quoted = f'"{text}"'
    for old in ("0.033,0.93", "0.25"):
        path = write(OPENFACE_2.replace(old, quoted + (",0.93" if "," in old else "")))
        with pytest.raises(ValueError, match=r"line 4: (timestamp|AU12_r) is"):
            read(path, "openface")
    with pytest.raises(ValueError, match=r"line 1[01]: Joy Evidence is"):
        read(write(FACET.replace("\t2\t0.5", f"\t{text}\t0.5")), "imotions")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_a_table_saved_by_a_spreadsheet_is_the_same(encoding, end, tmp_path):
    """Semicolons with decimal commas, an extra column and rows of nothing, any encoding."""
    text = OPENFACE_2.replace("AU12_c", "Größe").replace(",", ";").replace(".", ",")
    text = "sep=;\n" + "".join(f"{line};;\n" for line in text.splitlines()) + ";;;;;;;;\n"
    path = tmp_path / "faces.csv"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    found, plain = read(path, "openface"), tmp_path / "plain.csv"
    plain.write_text(OPENFACE_2)
    assert found.table.equals(read(plain, "openface").table)
    path.write_bytes(text.replace("0,033", "late").replace("\n", end).encode(encoding))
    with pytest.raises(ValueError, match="line 5: timestamp is 'late'"):
        read(path, "openface")


def test_a_number_too_long_for_any_column_hides_no_blank_line(tmp_path):
    """It is named with its own line, though a line without anything follows it."""
    head = "frame,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,AU12\n"
    rows = [f"{k},10,20,30,40,0.9,0.5\n" for k in range(3)]
    path = tmp_path / "faces.csv"
    path.write_text(head + rows[0].replace("0.5\n", "9" * 400 + "\n") + "  \n" + rows[1])
    with pytest.raises(ValueError, match=r"line 2: AU12 is '9+"):
        read(path, "pyfeat", Fraction(25), 1.0)
    path.write_text(head + rows[0] + "  \n" + rows[1] + rows[2].replace("0.5\n", "\n"))
    assert len(read(path, "pyfeat", Fraction(25), 1.0).table) == 3
