"""A session written for another program is read back as the same table."""

import io
import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.interchange import face_exports, face_imports
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.smiles import detect_smiles
from laughtrack.tracker.mot.export import mot_text
from laughtrack.tracker.mot.files import read_identities
from tests.analytics.pretend import Room, session

RATE = Fraction(30)


def room(**changes):
    """Return a session in which some faces could not be judged."""
    found = session(Room(viewers=5, seconds=30.0, jokes=((10.0, 0.9),), **changes))
    rng = np.random.default_rng(5)
    blurred = rng.random(len(found.readings)) < 0.1
    degree = found.readings["raw"].mask(blurred)
    quality = rng.random(len(degree)).round(3)
    rows = found.readings.assign(raw=degree, smile=degree, quality=quality)
    return found._replace(readings=rows)


SESSION = room()
NOBODY = session(Room(viewers=0, seconds=10))
ONE = session(Room(viewers=1, seconds=10))


def written(found, form, path):
    """Write a session, as the command does."""
    if form == "affectiva":
        path.write_text(face_exports.affectiva(found))
    else:
        make = {
            "openface": face_exports.openface,
            "pyfeat": lambda s: face_exports.pyfeat(s, RATE),
        }[form]
        make(found).round(6).to_csv(path, index=False)
    return path


def rate_for(form):
    """Return the rate that a form is read with."""
    return RATE if form == "pyfeat" else None


@pytest.mark.slow
@pytest.mark.parametrize("found", [SESSION, ONE], ids=["five", "one"])
@pytest.mark.parametrize("form", face_exports.FULL_SCALE)
def test_read_back_it_is_the_same(form, found, tmp_path):
    """Viewers, times, qualities and degrees, and which faces could not be judged."""
    faces = face_imports.read(written(found, form, tmp_path / "file"), form, rate_for(form))
    columns = ["viewer_id", "t_s", "quality", "raw"]
    expected = found.readings[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(faces.table[columns], expected, rtol=0, atol=1e-9)


def test_pyfeat_keeps_the_boxes(tmp_path):
    """Pixel for pixel."""
    faces = face_imports.read(written(SESSION, "pyfeat", tmp_path / "file"), "pyfeat", RATE)
    boxes = ["x1", "y1", "x2", "y2"]
    assert (faces.table[boxes].to_numpy() == SESSION.readings[boxes].to_numpy()).all()


@pytest.mark.slow
def test_pyfeat_times_are_frames(tmp_path):
    """At 24 frames a second the times read back are those of the nearest frames."""
    path = tmp_path / "file"
    face_exports.pyfeat(SESSION, Fraction(24)).to_csv(path, index=False)
    faces = face_imports.read(path, "pyfeat", Fraction(24))
    off = np.abs(faces.table["t_s"].to_numpy() - SESSION.readings["t_s"].to_numpy())
    assert 0 < off.max() <= 0.5 / 24 + 0.0005


@pytest.mark.slow
def test_mot_text_read_back_is_the_same(tmp_path):
    """Whose box was where in every frame."""
    path = tmp_path / "mot.txt"
    path.write_text(mot_text(face_exports.identities(SESSION, RATE)))
    rows = SESSION.readings
    found = read_identities(path)
    assert set(found) == {round(t_s * 30) + 1 for t_s in rows["t_s"]}
    boxes = ["x1", "y1", "x2", "y2"]
    for t_s, group in rows.groupby("t_s"):
        ids, where = found[round(t_s * 30) + 1]
        assert ids.tolist() == group["viewer_id"].tolist()
        assert (where == group[boxes].to_numpy()).all()


@pytest.mark.parametrize("write", [face_exports.pyfeat, face_exports.identities])
def test_frames_too_long_are_refused(write):
    """Two looks in a frame cannot be told apart again."""
    with pytest.raises(ValueError, match=r"two readings of viewer \d+ fall into frame \d+ at 5 fr"):
        write(SESSION, Fraction(5))


@pytest.mark.parametrize("write", [face_exports.pyfeat, face_exports.identities])
def test_faces_without_a_box_are_refused(write):
    """Imported ones may have none."""
    rows = SESSION.readings.assign(x1=0, y1=0, x2=0, y2=0)
    with pytest.raises(ValueError, match="without a box"):
        write(SESSION._replace(readings=rows), RATE)


def test_openface_is_on_its_own_scale():
    """Intensity is five times the degree, presence is whether it lies in a smile."""
    table, rows = face_exports.openface(SESSION), SESSION.readings
    assert tuple(table) == face_exports.OPENFACE
    judged = rows["raw"].notna().to_numpy()
    assert (table["success"] == judged).all()
    np.testing.assert_allclose(table["AU12_r"][judged], 5 * rows["raw"][judged], atol=1e-9)
    assert (table["AU12_c"][judged] == detect_smiles(rows).smiling[judged]).all()
    assert table.loc[~judged, ["AU12_r", "AU12_c"]].isna().all(axis=None)
    assert table["AU12_c"].sum() > 0


def test_openface_counts_frames_from_1_and_faces_from_0():
    """As OpenFace does."""
    table = face_exports.openface(SESSION)
    assert table["frame"].min() == 1 and table["face_id"].min() == 0
    assert table.groupby("frame")["timestamp"].nunique().eq(1).all()


def test_pyfeat_names_are_its_own():
    """Columns, person and time look as py-feat's do."""
    table = face_exports.pyfeat(SESSION, RATE)
    assert tuple(table) == face_exports.PYFEAT
    assert set(table["Identity"]) == {f"Person_{k}" for k in range(5)}
    assert table["approx_time"].iloc[[0, -1]].tolist() == ["00:00", "00:29"]


@pytest.mark.slow
def test_affectiva_is_as_documented():
    """Frames with a time, and faces by number with percentages."""
    data = json.loads(face_exports.affectiva(SESSION))
    assert data["content_type"] == "application/vnd.affectiva.session.v0+json"
    smiles = [f["smile"] for each in data["frames"] for f in each["faces"].values() if "smile" in f]
    assert len(smiles) == SESSION.readings["raw"].notna().sum()
    assert 50 < max(smiles) <= 100


@pytest.mark.parametrize("form", face_exports.FULL_SCALE)
def test_nobody_is_a_file_without_faces(form, tmp_path):
    """It can be read, and there is nothing in it."""
    text = written(NOBODY, form, tmp_path / "file").read_text()
    if form == "affectiva":
        assert json.loads(text)["frames"] == []
    else:
        assert pd.read_csv(io.StringIO(text)).empty
    assert face_exports.identities(NOBODY, RATE) == {}


def test_few_viewers_have_no_figures():
    """Their number is said, their share is not."""
    found = curve(SessionTables(SESSION))
    table = curve(SessionTables(SESSION, 5))
    few = found["judged"] < 5
    assert 0 < few.sum() < len(few)
    assert table.loc[few, ["share_smiling", "mean_smile"]].isna().all(axis=None)
    withheld = table["share_smiling"].isna()
    assert table.loc[withheld, "judged"].tolist() == found.loc[withheld, "judged"].tolist()
    assert table["visible"].tolist() == found["visible"].tolist()
