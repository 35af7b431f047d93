"""Real clips, truth by eye: one viewer a person, nobody where nobody is, smiles told from none."""

import csv

import cv2
import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from laughtrack.analytics.store.sessions import load, load_audience
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.cli import app
from laughtrack.edge.sources.frames import Source
from tests.analytics.browsing import asked, browsing, count, faults
from tests.tools import DATA

FOOTAGE = DATA / "footage"
pytestmark = pytest.mark.skipif(
    not FOOTAGE.is_dir(), reason=f"no footage at {FOOTAGE}: set LAUGHTRACK_DATA to its parent"
)
INTERVALS = FOOTAGE / "smile_intervals.csv"
TRUTH = list(csv.DictReader(INTERVALS.read_text().splitlines())) if INTERVALS.exists() else []
CLIPS = sorted({row["clip"] for row in TRUTH})
SIDE_BY_SIDE = ["single_face.mp4", "WolfgangLanger_Pexels.mp4", "woman_looking_down.mp4"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with every clip at ten looks a second."""
    store = str(tmp_path_factory.mktemp("real") / "store")
    for clip in CLIPS:
        words = ["replay", str(FOOTAGE / clip), "--session", clip, "--store", store]
        assert app.main(words) == 0
    return store


@pytest.fixture(scope="module")
def opening():
    """Start one browser for all pages."""
    with browsing() as driver:
        yield driver


def labelled(store, clip, label):
    """Return the readings within a clip's intervals of one label."""
    readings = load(store, clip).readings
    frame_of = {frame.t_s: frame.index for frame in Source(FOOTAGE / clip, rate_hz=1000)}
    frames = readings["t_s"].map(frame_of)
    rows = [row for row in TRUTH if row["clip"] == clip and row["label"] == label]
    spans = [frames.between(int(row["first_frame"]), int(row["last_frame"])) for row in rows]
    return readings[np.any(spans, axis=0)] if spans else readings[:0]


@pytest.mark.slow
@pytest.mark.parametrize("clip", CLIPS)
def test_one_viewer_a_person(store, clip):
    """Each clip shows one person: nobody else is seen for longer than a second."""
    seen = SessionTables(load(store, clip)).viewers["seen_s"].sort_values(ascending=False).to_list()
    assert seen and all(extra_s <= 1 for extra_s in seen[1:])


@pytest.mark.slow
@pytest.mark.parametrize("clip", CLIPS)
def test_nobody_where_nobody_is(store, clip):
    """A cartoon sky has no viewers."""
    assert labelled(store, clip, "absent").empty


@pytest.mark.slow
def test_smiles_are_told_from_none(store):
    """Over all clips together, smile frames score above neutral ones; hands hide some mouths."""
    smile, neutral = (
        np.concatenate([labelled(store, clip, label)["smile"].dropna() for clip in CLIPS])
        for label in ("smile", "neutral")
    )
    area = mannwhitneyu(smile, neutral).statistic / (len(smile) * len(neutral))
    assert len(smile) > 100 and len(neutral) > 50 and area >= 0.95


@pytest.mark.slow
def test_side_by_side_gives_the_same_curves(store, tmp_path):
    """Three clips as one film 1,920 pixels wide: each viewer's curve is that of the clip alone."""
    film = tmp_path / "three.mp4"
    write_side_by_side(film)
    words = ["replay", str(film), "--session", "three", "--store", store]
    assert app.main(words) == 0
    together = load_audience(store, "three").readings
    column = (together["x1"] + together["x2"]) // 2 // 640
    for place, clip in enumerate(SIDE_BY_SIDE):
        alone = load_audience(store, clip).readings.dropna(subset="smile")
        there = together[column == place].dropna(subset="smile")
        times = there["t_s"][there["t_s"] <= alone["t_s"].max()]
        near = np.abs(times.to_numpy()[:, None] - alone["t_s"].to_numpy()).min(axis=1) < 0.1
        expected = np.interp(times[near], alone["t_s"], alone["smile"])
        same = np.corrcoef(expected, there["smile"][: len(times)][near])[0, 1]
        assert near.sum() > 15 and same >= 0.93, clip


@pytest.mark.browser
@pytest.mark.parametrize("clip", CLIPS)
def test_its_page_opens(store, opening, clip, tmp_path):
    """No error, nothing asked for, the pictures there, and no fault for whoever cannot see them."""
    page = tmp_path / "a page.html"
    assert app.main(["report", clip, "--store", store, "-o", str(page)]) == 0
    opening.get(page.as_uri())
    assert opening.get_log("browser") == [] and asked(opening) == [page.as_uri()]
    assert count(opening, "#curve .main-svg") and count(opening, "canvas#viewers-by-time") == 1
    assert faults(opening) == []


def write_side_by_side(path):
    """Write the clips into one film of 30 frames a second; a clip that ended stays still."""
    clips = [[(f.t_s, f.image) for f in Source(FOOTAGE / c, rate_hz=60)] for c in SIDE_BY_SIDE]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30, (1920, 360))
    at = [0] * len(clips)
    for number in range(int(30 * max(clip[-1][0] for clip in clips))):
        for k, clip in enumerate(clips):
            while at[k] + 1 < len(clip) and clip[at[k] + 1][0] <= number / 30 + 0.001:
                at[k] += 1
        pictures = [cv2.resize(clip[at[k]][1], (640, 360)) for k, clip in enumerate(clips)]
        writer.write(np.hstack(pictures))
    writer.release()
