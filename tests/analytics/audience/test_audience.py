"""The audience's curve, peaks and headline, on made-up sessions whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.curve import curve, headline
from laughtrack.analytics.audience.peaks import PEAKS, peaks
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.bins import bin_readings, join_bins
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.session_time import length_s
from laughtrack.analytics.timelines.smiles import detect_smiles

NAN = np.nan


def session(tracks, seconds, off=()):
    """Make a session of {viewer: (t_s, smile[, raw])}; `off` lists times without frames."""
    tables = [pd.DataFrame({"viewer_id": [], "t_s": [], "smile": [], "raw": []})]
    for viewer, (t_s, smile, *raw) in tracks.items():
        smile = np.broadcast_to(np.asarray(smile, dtype=float), np.shape(t_s))
        columns = {"t_s": t_s, "smile": smile, "raw": raw[0] if raw else smile}
        tables.append(pd.DataFrame(columns).assign(viewer_id=viewer))
    table = pd.concat([table for table in tables if len(table)] or tables)
    quality = np.where(table["smile"].isna(), 0.3, 0.8)
    table = table.assign(quality=quality, x1=0, y1=0, x2=60, y2=60).astype({"viewer_id": np.int64})
    start = np.arange(0, seconds, 5.0)
    frames = [0 if any(a <= t < b for a, b in off) else 50 for t in start]
    spans = {"seq": range(len(start)), "started_utc": "2026-01-31T20:15:00Z", "start_s": start}
    spans = pd.DataFrame(spans).assign(end_s=np.minimum(start + 5.0, seconds), frames=frames)
    readings = table.sort_values(["t_s", "viewer_id"], ignore_index=True)
    return Session(readings, spans, {}, "made-up", "bench")


def times(first, last, rate=10.0):
    """Return the times of `rate` readings a second in [first, last)."""
    return np.round(np.arange(round((last - first) * rate)) / rate + first, 3)


def steps(t_s, *pieces):
    """Return a score for each time: `pieces` are (from this time on, score)."""
    return np.array([[score for since, score in pieces if since <= t][-1] for t in t_s])


def laughs(t_s, apexes, height=0.7, width=3.0):
    """Return a score that rises to `height` above 0.1 and falls again around each apex."""
    near = np.clip([(t_s - apex) / width for apex in apexes], -0.5, 0.5).reshape(-1, len(t_s))
    return 0.1 + height * np.cos(np.pi * near).clip(0).max(axis=0, initial=0.0) ** 2


def audience(apexes, seconds=60, viewers=12, noise=0.08, patchy=0.0, seed=1):
    """Make viewers who laugh together at `apexes`, each a little early or late, steadied late."""
    rng = np.random.default_rng(seed)
    tracks = {}
    for viewer in range(1, viewers + 1):
        t_s = times(0, seconds)
        late = rng.uniform(-0.3, 0.3) if viewers > 1 else 0.0
        score = laughs(t_s, np.asarray(apexes) + late, height=rng.uniform(0.5, 0.8))
        raw = np.clip(score + rng.normal(0, noise, len(t_s)), 0, 1)
        hidden = np.repeat(rng.random(len(t_s) // 10 + 1) < patchy, 10)[: len(t_s)]
        raw[hidden] = NAN
        smile = np.where(hidden, NAN, np.interp(t_s - 0.3, t_s, score))
        tracks[viewer] = t_s, smile, raw
    return session(tracks, seconds)


T2, T3 = times(0, 2), times(0, 3)
CURVES = [
    # name, tracks, seconds, off, then per second: visible, judged, share_smiling, mean_smile
    ("one row a viewer would give 0.77", {1: (T2, 0.9), 2: (times(0, 2, 2), 0.1)}, 2, (), [
        (2, 2, 0.5, 0.5), (2, 2, 0.5, 0.5)]),
    ("smiling for half a second of one", {1: (T2, steps(T2, (0, 0.9), (1.5, 0.1)))}, 2, (), [
        (1, 1, 1.0, 0.9), (1, 1, 0.5, 0.5)]),
    ("a second that cannot be judged", {1: (T2, steps(T2, (0, NAN), (1, 0.2)))}, 2, (), [
        (1, 0, NAN, NAN), (1, 1, 0.0, 0.2)]),
    ("one of two cannot be judged", {1: (T2, 0.2), 2: (T2, NAN)}, 2, (), [
        (2, 1, 0.0, 0.2), (2, 1, 0.0, 0.2)]),
    ("only part of a second judged, all of it smiling",
        {1: (T2, steps(T2, (0, 0.8), (1.3, NAN)))}, 2, (), [(1, 1, 1.0, 0.8), (1, 1, 1.0, 0.8)]),
    ("a viewer leaves", {1: (T3, 0.4), 2: (times(0, 1), 0.8)}, 3, (), [
        (2, 2, 0.5, 0.6), (1, 1, 0.0, 0.4), (1, 1, 0.0, 0.4)]),
    ("uneven steps weigh by time", {1: ([0.0, 0.1, 0.2, 1.0], [0.4, 0.4, 0.1, 0.1])}, 1, (), [
        (1, 1, 0.0, 0.16)]),
    ("an empty room", {}, 2, (), [(0, 0, NAN, NAN)] * 2),
    ("an end within a second", {1: (times(0, 1.5), 0.2)}, 1.5, (), [(1, 1, 0.0, 0.2)] * 2),
    ("nothing at all", {}, 0, (), []),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "tracks", "seconds", "off", "expected"), CURVES)
def test_curve(name, tracks, seconds, off, expected):
    """Each second's figures are those of the table."""
    found = curve(SessionTables(session(tracks, seconds, off))).head(len(expected))
    columns = ["visible", "judged", "share_smiling", "mean_smile"]
    assert len(found) == len(expected)
    assert found["t_s"].tolist() == list(range(len(expected)))
    expected = np.array(expected, dtype=float).reshape(-1, 4)
    np.testing.assert_allclose(found[columns].to_numpy(dtype=float), expected, atol=1e-9)


def test_curve_camera_off():
    """Seconds without a frame are told from an empty room."""
    found = curve(SessionTables(session({}, 15, off=[(5, 10)])))
    assert found["watched"].tolist() == [True] * 5 + [False] * 5 + [True] * 5


def test_curve_without_batch():
    """A stretch for which no span came counts as not watched."""
    made = session({}, 15)
    spans = made.spans.drop(index=1)
    assert (
        curve(SessionTables(made._replace(spans=spans)))["watched"].tolist()
        == [True] * 5 + [False] * 5 + [True] * 5
    )


def test_curve_bins_hold_their_first_instant():
    """A reading at 0.3 s is in the bin of 0.1 s that begins there."""
    found = curve(SessionTables(session({1: (times(0, 1), 0.2)}, 1)), bin_s=0.1)
    assert found["visible"].tolist() == [1] * 10


def test_curve_rejects_no_width():
    """A width of 0 is named in the error."""
    with pytest.raises(ValueError, match="bin_s is 0: expected seconds above 0"):
        curve(SessionTables(session({}, 5)), bin_s=0)


def test_curve_finer_readings_change_nothing():
    """Three times as many readings of the same faces give the same curve."""
    made = [
        session({v: (times(0, 20, r), laughs(times(0, 20, r), [6, 13.5])) for v in (1, 2)}, 20)
        for r in (10, 30)
    ]
    few, many = (curve(SessionTables(one))[["share_smiling", "mean_smile"]] for one in made)
    np.testing.assert_allclose(few, many, atol=0.11)


def test_joined_bins():
    """Bins joined from narrow ones are as if made wide."""
    readings = audience([6.0, 13.5], seconds=20, viewers=3, patchy=0.3).readings
    smiles = detect_smiles(readings)
    joined, wide = (
        join_bins(bin_readings(readings, 0.2, smiles), 5),
        bin_readings(readings, 1.0, smiles),
    )
    pd.testing.assert_frame_equal(joined, wide)


PEAK_CASES = [
    # name, apexes, options
    ("twelve viewers", [8.0, 20.5, 33.0, 47.3], {}),
    ("a hundred viewers", [8.0, 20.5, 33.0, 47.3], {"viewers": 100}),
    ("one viewer", [8.0, 20.5, 33.0, 47.3], {"viewers": 1, "noise": 0.05}),
    ("a third of the time hidden", [8.0, 20.5, 33.0, 47.3], {"viewers": 30, "patchy": 0.33}),
    ("close together", [20.0, 24.0], {}),
    ("a short film", [1.5], {"seconds": 3, "noise": 0.02}),
    ("nobody laughs", [], {}),
    ("one viewer, nobody laughs, much noise", [], {"viewers": 1, "noise": 0.15}),
    ("nobody there", [10.0], {"viewers": 0}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "apexes", "options"), PEAK_CASES)
def test_peaks(name, apexes, options):
    """Every laugh is found within half a second, and nothing else is."""
    found = peaks(SessionTables(audience(apexes, **options)))
    apexes = apexes if options.get("viewers") != 0 else []
    assert tuple(found.columns) == PEAKS
    assert len(found) == len(apexes)
    np.testing.assert_allclose(np.sort(found["t_s"]), apexes, atol=0.5)
    assert (found["start_s"] < found["t_s"]).all()
    assert (found["t_s"] < found["end_s"]).all()
    assert found["rise"].is_monotonic_decreasing


@pytest.mark.slow
def test_peaks_largest_first():
    """The laugh that stands out more comes first, wherever it is."""
    t_s = times(0, 60)
    score = np.maximum(laughs(t_s, [15], height=0.4), laughs(t_s, [40], height=0.8))
    found = peaks(SessionTables(session({1: (t_s, score)}, 60)))
    np.testing.assert_allclose(found["t_s"], [40, 15], atol=0.2)
    np.testing.assert_allclose(found["rise"], [0.8, 0.4], atol=0.15)


def test_peaks_figures_at_apex():
    """The figures at an apex are means over the viewers who could be judged there."""
    t_s = times(0, 30)
    loud, hidden = laughs(t_s, [15], height=0.8, width=6), np.where(abs(t_s - 15) < 3, NAN, 0.1)
    found = peaks(
        SessionTables(
            session({1: (t_s, loud), 2: (t_s, loud), 3: (t_s, 0.1), 4: (t_s, hidden)}, 30)
        )
    )
    assert found["viewers"].tolist() == [3]
    np.testing.assert_allclose(found["share_smiling"], 2 / 3, atol=1e-6)
    np.testing.assert_allclose(found["mean_smile"], (0.9 + 0.9 + 0.1) / 3, atol=0.03)


def test_peaks_ignore_lag():
    """A steadied score that comes half a second late does not move the apex."""
    t_s = times(0, 40)
    raw = laughs(t_s, [20])
    found = peaks(SessionTables(session({1: (t_s, np.interp(t_s - 0.5, t_s, raw), raw)}, 40)))
    np.testing.assert_allclose(found["t_s"], [20], atol=0.1)


def test_peaks_small_rise():
    """A rise below the least is no peak."""
    t_s = times(0, 40)
    made = session({1: (t_s, laughs(t_s, [20], height=0.09))}, 40)
    assert peaks(SessionTables(made)).empty
    assert len(peaks(SessionTables(made), least_rise=0.05)) == 1


def test_peaks_cheerful_face_comes_into_view():
    """A viewer who always smiles makes no peak by passing through the picture."""
    t_s, by = times(0, 300), np.concatenate([times(60, 64), times(150, 210)])
    tracks = {viewer: (t_s, 0.1) for viewer in range(1, 7)}
    assert peaks(SessionTables(session({**tracks, 7: (by, 0.9)}, 300))).empty


def test_peaks_stop_at_a_gap():
    """A laugh under way when the camera goes off has its apex before that."""
    t_s = np.concatenate([times(0, 20), times(40, 60)])
    found = peaks(SessionTables(session({1: (t_s, laughs(t_s, [19.5, 50]))}, 60, off=[(20, 40)])))
    np.testing.assert_allclose(np.sort(found["t_s"]), [19.5, 50], atol=0.5)
    assert found["end_s"].min() <= 20


def test_peaks_few_viewers():
    """Moments at which too few could be judged are left out."""
    made = audience([20.0], viewers=4)
    assert len(peaks(SessionTables(made), min_viewers=4)) == 1
    assert peaks(SessionTables(made), min_viewers=5).empty


def test_peaks_reject_no_rise():
    """A least rise of 0 is named in the error."""
    with pytest.raises(ValueError, match="least_rise is 0"):
        peaks(SessionTables(session({}, 5)), least_rise=0)


def test_headline():
    """The headline figures are means over viewers."""
    t_s = times(0, 20)
    laughing = steps(t_s, (0, 0.1), (10, 0.9), (15, 0.1))
    tracks = {1: (t_s, laughing), 2: (times(0, 10), 0.1), 3: (times(0, 5), NAN)}
    tables = SessionTables(session(tracks, 20))
    found = headline(tables, peaks(tables))
    assert found["viewers"] == 3
    assert found["judged"] == 2
    assert found["seconds"] == found["watched_s"] == 20
    assert found["smiles"] == 1
    assert found["reach"] == 0.5
    assert found["share_smiling"] == pytest.approx(0.125)
    assert found["mean_smile"] == pytest.approx((0.3 + 0.1) / 2)
    assert found["judged_share"] == pytest.approx(2 / 3)
    assert found["top_s"] == pytest.approx(12.5, abs=0.5)
    assert found["top_share"] == 1.0


@pytest.mark.parametrize("seconds", [0, 10])
def test_headline_nobody(seconds):
    """Of an empty room nothing is said but its length."""
    tables = SessionTables(session({}, seconds))
    found = headline(tables, peaks(tables))
    assert found["seconds"] == length_s(session({}, seconds)) == seconds
    assert found["viewers"] == found["judged"] == found["smiles"] == 0
    for name in ("share_smiling", "mean_smile", "reach", "judged_share", "top_s", "top_share"):
        assert np.isnan(found[name]), name
