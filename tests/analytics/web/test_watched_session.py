"""What who watches a session is told of it: every second once, and nothing that is withheld."""

import json

import pytest

from laughtrack.analytics.audience.running.curve import ROWS
from laughtrack.analytics.audience.running.stored import stored_rows
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.web.live.device_batches import DeviceBatches, facts_of, last_look
from laughtrack.analytics.web.live.watched_session import Facts, Piece, WatchedSession
from laughtrack.edge.readings import COLUMNS, Batch
from tests.analytics import pretend
from tests.analytics.web.test_event_ring import parsed

ROOM = pretend.Room(viewers=6, seconds=20.0, jokes=((8, 0.9),))
SIZE = 1280, 720


@pytest.fixture(scope="module")
def hall():
    """Return twenty seconds of six viewers."""
    return pretend.session(ROOM, rate_hz=5.0)._replace(joined=())


def looks(session):
    """Yield a session's looks as they are told."""
    for t_s, rows in session.readings.groupby("t_s"):
        yield Piece({name: rows[name].tolist() for name in COLUMNS}, t_s, round(t_s + 0.001, 3))


def watch(session, min_viewers=1):
    """Return a watched session that has seen all of it, settled every look."""
    watched = WatchedSession(Facts("x", "live", "camera"), min_viewers)
    for piece in looks(session):
        watched.look(piece, SIZE, "2026-01-31T20:15:00.000Z")
        watched.settled(*watched.settle(watched.take_waiting(), False))
    watched.change(state="ended")
    watched.settled(*watched.settle(watched.take_waiting(), True))
    return watched


def told(watched):
    """Return what was told, event by event, and as it stands then."""
    ((_, _, stands),) = parsed(watched.snapshot())
    return [(kind, data) for _, kind, data in parsed(watched.ring.after(0))], stands


@pytest.mark.slow
def test_every_second_is_told_once(hall):
    """By events or by a snapshot, the rows are the same, and those of the store."""
    watched = watch(hall)
    events, stands = told(watched)
    rows = {name: [] for name in ROWS}
    for kind, data in events:
        if kind == "seconds":
            for name in ROWS:
                rows[name] += data[name]
    assert rows == stands["seconds"] and rows["t_s"] == [*range(20)]
    stored = stored_rows(hall, 20)
    assert rows["share_smiling"] == pytest.approx(stored["share_smiling"].tolist(), abs=1e-4)
    assert max(rows["share_high"]) > 0.5
    seen = [data for kind, data in events if kind == "look"]
    assert len(seen) == 100 and all(len(each["seats"]) == each["seen"] for each in seen)
    assert stands["now"] == seen[-1] and stands["facts"]["state"] == "ended"
    ((peak,),) = [data["peaks"] for kind, data in events if kind == "peaks"][-1:]
    assert peak == stands["peaks"][0] and abs(peak["t_s"] - 8) < 1


@pytest.mark.slow
def test_withheld_figures_are_in_no_event(hall):
    """Above 1 viewer, numbers of viewers are all that is told, of any moment."""
    events, stands = told(watch(hall, min_viewers=4))
    assert stands["withheld"] is True and stands["peaks"] == []
    kinds = {kind for kind, _ in events}
    assert kinds == {"look", "seconds", "facts"}
    for kind, data in [*events, ("seconds", stands["seconds"]), ("look", stands["now"])]:
        if kind == "look":
            assert set(data) == {"t_s", "utc", "seen", "judged"}
        elif kind == "seconds":
            told_of = {name for name in ROWS if any(each is not None for each in data[name])}
            assert told_of <= {"t_s", "visible", "judged", "watched"}


@pytest.mark.slow
def test_two_audiences_that_differ_in_smiles_are_told_alike(hall):
    """With figures withheld: whoever compares all events finds no difference."""
    readings = hall.readings.assign(smile=1 - hall.readings["smile"], raw=1 - hall.readings["raw"])
    other = hall._replace(readings=readings)
    one, two = (told(watch(each, min_viewers=2)) for each in (hall, other))
    assert one == two


def batches(session, start_seq=0):
    """Return a session's batches of five seconds."""
    found = []
    for seq, start_s in enumerate(range(5 * start_seq, 20, 5), start_seq):
        part = session.readings[session.readings["t_s"].between(start_s, start_s + 4.99)]
        table = {name: part[name].tolist() for name in COLUMNS}
        head = (1, "cam", "night", "2026-01-31T20:15:00Z", seq, float(start_s), start_s + 5.0, 25)
        found.append(Batch(*head, table, {"context": "screening"}))
    return found


def settle(watched):
    """Settle what came."""
    watched.settled(*watched.settle(watched.take_waiting(), False))


@pytest.mark.slow
def test_batches_count_once_and_late_ones_are_read_anew(hall):
    """Twice sent is once told; what comes too late is put right from the store."""
    found = batches(hall)
    device = DeviceBatches(WatchedSession(facts_of(found[0])))
    watched = device.watched
    for each in (found[0], found[0], found[2]):
        device.add(each)
        settle(watched)
    assert not watched.late
    assert told(watched)[1]["seconds"]["visible"][5:10] == [0] * 5
    device.add(found[1])
    settle(watched)
    assert watched.late
    last = watched.ring.last
    watched.know(stored_rows(hall, watched.told_s))
    rows = told_rows(watched)
    assert rows["t_s"] == [*range(watched.told_s)] and min(rows["visible"]) > 3
    assert watched.ring.after(last) is None
    device.add(found[3]._replace(info={"complete": True, "title": "The Night Bus"}))
    assert (watched.facts.state, watched.facts.title) == ("ended", "The Night Bus")


def told_rows(watched):
    """Return the rows as they stand."""
    return json.loads(watched.snapshot().decode().split("data: ", 1)[1])["seconds"]


def test_last_look_of_a_batch(hall):
    """Who was in view at its end; nobody, where the last face was seen a second before."""
    (first, *_) = batches(hall)
    now = last_look(first)
    assert set(now["t_s"]) == {4.8} and len(now["viewer_id"]) > 3
    assert last_look(first._replace(end_s=9.0))["t_s"] == []
    empty = {name: [] for name in COLUMNS}
    assert last_look(first._replace(readings=empty))["t_s"] == []


@pytest.mark.slow
def test_who_opted_out_is_told_of_no_more(hall):
    """Neither in what comes nor in what was told: that is read anew from the store."""
    watched = watch(hall)
    seat = next(each for each in watched.now["seats"] if each[0] == 2)
    x, y = ((seat[k] + seat[k + 2] / 2) * SIZE[k - 1] for k in (1, 2))
    box = (int(x) - 9, int(y) - 9, int(x) + 9, int(y) + 9)
    last, late = watched.ring.last, watched.late
    watched.opt_out([Amendment("opt-out", box=box)])
    assert watched.ring.after(last) is None and watched.late == late + 1 and watched.now == {}
    *_, piece = looks(hall)
    watched.look(piece, SIZE, "2026-01-31T20:15:20.000Z")
    assert {each[0] for each in watched.now["seats"]} == {*piece.readings["viewer_id"]} - {2}
    again = watched.ring.last
    watched.opt_out([Amendment("opt-out", box=box)])
    assert watched.ring.last == again


def test_forgotten_session_leaves_nothing(hall):
    """Neither in a snapshot nor in an event that somebody missed."""
    watched = watch(hall)
    watched.change(title="The Night Bus")
    watched.mark(3.0, "joke")
    watched.forget()
    stands = parsed(watched.snapshot())[0][2]
    assert stands["facts"]["state"] == "forgotten" and "Night Bus" not in str(stands)
    assert stands["seconds"]["t_s"] == [] and stands["marks"] == [] and stands["now"] == {}
    assert watched.ring.after(1) is None
