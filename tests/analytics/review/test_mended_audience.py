"""What a person mended: the tables are those of the true IDs; undone, everything is as before."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.bands import curve_with_bands
from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.audience.synchrony import synchrony_of
from laughtrack.analytics.fleet.summary import summary
from laughtrack.analytics.review import making, reviewed
from laughtrack.analytics.review.reviewed import review
from laughtrack.analytics.review.view import boxes_at, view
from laughtrack.analytics.store.amendments.ledger import read_list
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.viewers import timelines
from laughtrack.cli import app
from tests.analytics import pretend
from tests.analytics.review.broken_audience import POSTERS, WHO, broken, mend, stored

ROOM = pretend.Room(viewers=16, seconds=120, seed=5)
FEW = pretend.Room(viewers=20, seconds=60, seed=5)


def tables(store, keep_ids=False, uncorrected=False):
    """Return a session's tables by name."""
    loaded = load_audience(store, "pretend", uncorrected=uncorrected)
    found = SessionTables(loaded._replace(joined=()) if keep_ids else loaded)
    return {
        "readings": found.readings,
        "timelines": timelines(found.session),
        "viewers": found.viewers,
        "smiles": found.smiles,
        "seats": found.seats,
        "coverage": found.coverage,
        "curve": curve_with_bands(found, 1.0),
        "peaks": peaks_with_certainty(found, 1),
        "synchrony": synchrony_of(found).viewers,
        "scores": pd.DataFrame([summary(found)]),
    }


def alike(some, others):
    """Return the names of the tables that are the same to the last digit."""
    return {name for name, each in some.items() if each.equals(others[name])}


@pytest.mark.slow
@pytest.mark.parametrize("by_hand", [False, True], ids=["what is left", "all by hand"])
def test_20_splits_5_swaps_and_2_posters_are_mended(by_hand, tmp_path, monkeypatch):
    """All tables equal those of the true IDs, whether seat and time had joined some IDs or not."""
    if by_hand:
        alone = lambda session: session._replace(joined=())  # noqa: E731
        monkeypatch.setattr(reviewed, "join_fragments", alone)
    room = pretend.session(ROOM, rate_hz=3.0)
    as_seen = broken(room)
    assert as_seen["viewer_id"].nunique() >= ROOM.viewers + 20 + len(POSTERS)
    right, wrong = stored(tmp_path / "right", room), stored(tmp_path / "wrong", room, as_seen)
    before = tables(wrong)
    expected = tables(right)
    assert "viewers" not in alike(before, expected) and "curve" not in alike(before, expected)
    made = mend(wrong, room.readings)
    assert {each.kind for each in made} == {"split", "merge", "exclude"}
    assert alike(tables(wrong), expected) == {*expected}
    if by_hand:
        assert sum(len(each.viewers) - 1 for each in made if each.kind == "merge") >= 20 + 2 * 5
        assert alike(tables(wrong, keep_ids=True), expected) == {*expected}
    assert alike(tables(wrong, uncorrected=True), before) == {*before}
    assert load_audience(wrong, "pretend").amended.mended == len(made)
    entries = read_list(wrong, "pretend")
    assert [each.number for each in entries] == [*range(1, len(made) + 1)]
    assert {each.who for each in entries} == {WHO}


@pytest.mark.slow
def test_undone_a_session_gives_the_bytes_of_before(tmp_path, capfdbinary):
    """Every command writes what it wrote, also the page, but for when it was made."""
    room = pretend.session(FEW, rate_hz=2.0)
    store = stored(tmp_path / "store", room, broken(room, splits=2, swaps=1))
    page = tmp_path / "page.html"

    def written(*more):
        found = []
        for words in (
            ["timelines", "pretend", "--format", "csv"],
            ["viewers", "pretend", "--format", "csv"],
            ["curve", "pretend", "--format", "csv"],
            ["groups", "pretend", "--by", "row", "--format", "csv"],
            ["report", "pretend", "-o", str(page)],
        ):
            capfdbinary.readouterr()
            assert app.main([*words, "--store", store, *more]) == 0
            found.append(capfdbinary.readouterr())
        found.append(page.read_bytes().partition(b"Page made")[0])
        return found

    before = written()
    made = mend(store, room.readings)
    after = written()
    assert [each != other for each, other in zip(before, after, strict=True)] == [True] * 6
    assert all(b"corrections by a person" in each.err for each in after[:-1])
    assert b"corrections by a person" in after[-1]
    raw = written("--uncorrected")
    assert [each.out for each in raw[:-1]] == [each.out for each in before[:-1]]
    for each in made[::-1]:
        seen = review(store, "pretend")
        undone = making.record(store, seen, making.undo(seen), WHO)
        assert undone.of == each.number
    assert written() == before
    with pytest.raises(ValueError, match="nothing to undo"):
        making.undo(review(store, "pretend"))
    # An undoing can be undone, too.
    seen = review(store, "pretend")
    making.record(store, seen, making.undo(seen, len(made) + 1), WHO)
    assert load_audience(store, "pretend").amended.mended == 1


@pytest.mark.slow
def test_groups_that_a_person_named(tmp_path, capfd):
    """They follow merges, splits and joined seats; a viewer is in one."""
    room = pretend.session(FEW, rate_hz=2.0)
    store = stored(tmp_path / "store", room)
    with_store = ["--store", store, "--who", WHO]
    assert app.main(["groups", "pretend", "--by", "named", "--store", store]) == 1
    assert "has no named groups" in capfd.readouterr().err
    half = [*map(str, range(1, 11))], [*map(str, range(11, 21))]
    for words in (
        ["group", "press", *half[0]],
        ["group", "crew", *half[1], "10"],
        ["split", "3", "--at", "30"],
        ["group", "", "20"],
    ):
        assert app.main(["correct", "pretend", *words, *with_store]) == 0
    capfd.readouterr()
    words = ["groups", "pretend", "--by", "named", "--means", "--format", "csv", "--store", store]
    assert app.main(words) == 0
    rows = {line.split(",")[0]: line.split(",")[1] for line in capfd.readouterr().out.split()[1:]}
    assert rows == {"press": "10", "crew": "10"}


@pytest.mark.slow
def test_whom_a_person_told_apart_no_seat_joins(tmp_path):
    """Somebody else sat down there at once; the part before and the part after stay two."""
    room = pretend.session(FEW, rate_hz=2.0)
    store = stored(tmp_path / "store", room)
    seen = review(store, "pretend")
    entry = making.record(store, seen, making.split(seen, 7, 30.0), WHO)
    for keep_ids in (False, True):
        found = tables(store, keep_ids)["viewers"]["viewer_id"]
        assert len(found) == 21 and {7, entry.made} <= {*found}


@pytest.mark.slow
def test_what_cannot_be_is_refused(tmp_path):
    """In words that name the viewer, and what to do."""
    room = pretend.session(ROOM, rate_hz=2.0)
    store = stored(tmp_path / "store", room)
    seen = review(store, "pretend")
    for make, says in (
        (lambda: making.merge(seen, [3, 4]), "viewer 4 and 3 are seen at the same time for 1"),
        (lambda: making.merge(seen, [3]), "2 viewers or more"),
        (lambda: making.merge(seen, [3, 3]), "named twice"),
        (lambda: making.merge(seen, [3, 99]), "no viewer 99 in 'pretend': there are 1, 2"),
        (lambda: making.split(seen, 3, 0.0), "cannot be split at 0 s"),
        (lambda: making.split(seen, 3, 500.0), "up to 119"),
        (lambda: making.exclude(seen, [3], 130.0), "nothing of viewer 3 from 130 s to the end"),
        (lambda: making.exclude(seen, [3], 10.0, 10.0), "expected an end after it"),
        (lambda: making.exclude(seen, [3], float("nan")), "seconds from 0"),
        (lambda: making.group(seen, "a\nb", [3]), "on one line"),
        (lambda: making.group(seen, "x" * 301, [3]), "up to 300"),
        (lambda: making.opt_out(seen, (5, 5, 5, 9)), "x1 < x2"),
        (lambda: making.undo(seen, 1), "no correction 1"),
    ):
        with pytest.raises(ValueError, match=says):
            make()
    assert not read_list(store, "pretend")


@pytest.mark.slow
def test_two_boxes_on_one_face_are_one_viewer(tmp_path):
    """For less than a second both were there: at each moment the first one's reading counts."""
    room = pretend.session(ROOM, rate_hz=5.0)
    readings = room.readings.copy()
    own = readings["viewer_id"] == 7
    second = readings[own & readings["t_s"].between(59.6, 120)].assign(viewer_id=77, smile=0.0)
    readings = pd.concat([readings[~own | (readings["t_s"] < 60)], second])
    readings = readings.sort_values(["t_s", "viewer_id"], ignore_index=True)
    store = stored(tmp_path / "store", room, readings)
    seen = review(store, "pretend")
    making.record(store, seen, making.merge(seen, [7, 77]), WHO)
    found = tables(store)["readings"]
    assert not found.duplicated(["t_s", "viewer_id"]).any()
    own, true = found[found["viewer_id"] == 7], room.readings[room.readings["viewer_id"] == 7]
    assert np.array_equal(own["t_s"], true["t_s"])
    assert own["smile"].to_numpy()[own["t_s"] < 60].max() > 0


@pytest.mark.slow
def test_nobody_seen_is_a_result(tmp_path):
    """A session without viewers can be looked at, and one all of whose viewers are excluded."""
    room = pretend.session(FEW, rate_hz=2.0)
    store = stored(tmp_path / "empty", room, room.readings[:0])
    assert view(review(store, "pretend")).viewers == []
    store = stored(tmp_path / "store", room)
    seen = review(store, "pretend")
    making.record(store, seen, making.exclude(seen, [*range(1, 21)]), WHO)
    seen = review(store, "pretend")
    making.record(store, seen, making.opt_out(seen, (0, 0, 9, 9)), WHO)
    seen = review(store, "pretend")
    assert view(seen).viewers == [] and boxes_at(seen, 30.0) == []
    assert tables(store)["viewers"].empty
    assert seen.session.amended.excluded == (*range(1, 21),)
    with pytest.raises(ValueError, match="there are none"):
        making.merge(seen, [1, 2])
