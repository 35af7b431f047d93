"""The session's time over restarts, reboots and a wall clock that is set."""

import json

import pytest

from laughtrack.edge.session import clock
from laughtrack.edge.session.clock import SessionClock

# 2026-11-20T12:00:00Z
NOON_S = 1795176000.0


class Machine:
    """A pretend machine: seconds since boot, the wall clock, the boot's name."""

    def __init__(self, wall_s=NOON_S):
        self.mono_s, self.wall_s, self.name = 100.0, wall_s, "boot 1"

    def run(self, seconds):
        """Let time pass."""
        self.mono_s, self.wall_s = self.mono_s + seconds, self.wall_s + seconds

    def reboot(self, away_s, wall_s=None):
        """Start anew after a time; with a wall clock that lost the time, if given."""
        self.mono_s, self.name = 5.0, self.name + "+"
        self.wall_s = self.wall_s + away_s if wall_s is None else wall_s

    def clock(self, state=None):
        """Return a session's clock on this machine, the state having been a file."""
        state = state and json.loads(json.dumps(state))
        return SessionClock(state, lambda: self.mono_s, lambda: self.wall_s, lambda: self.name)


def test_new_session_begins_now():
    """A session's seconds count from its making, its beginning is the wall clock's."""
    machine = Machine()
    session = machine.clock()
    machine.run(12.5)
    assert session.now_s() == 12.5
    assert session.started_utc() == "2026-11-20T12:00:00Z"
    assert session.moved_s() == 0.0


def test_frames_get_the_sessions_time():
    """A source's first frame is now, those after it follow by the source's own clock."""
    machine = Machine()
    session = machine.clock()
    machine.run(3.0)
    session.opened()
    times = []
    for source_s in (7.0, 7.1, 7.2):
        times.append(session.session_s(source_s))
        machine.run(0.5)
    assert times == [3.0, 3.1, 3.2]


def test_frames_of_a_film_begin_where_asked():
    """A film's first frame is 0, however long it took to open."""
    machine = Machine()
    session = machine.clock()
    machine.run(3.0)
    session.opened(at_s=0.0)
    assert [session.session_s(s) for s in (0.0, 0.04)] == [0.0, 0.04]


@pytest.mark.parametrize("again", [0.0, 50.0, 5000.0])
def test_reopened_source_goes_on(again):
    """A source that is opened anew goes on at now, whatever its own clock says."""
    machine = Machine()
    session = machine.clock()
    session.opened()
    assert session.session_s(1000.0) == 0.0
    machine.run(60.0)
    session.opened()
    assert session.session_s(again) == 60.0


def test_frames_never_go_back():
    """A film played faster than its clock, reopened, goes on after its last frame."""
    machine = Machine()
    session = machine.clock()
    session.opened()
    assert [session.session_s(s) for s in (0.0, 600.0)] == [0.0, 600.0]
    machine.run(60.0)
    session.opened()
    assert [session.session_s(s) for s in (0.0, 0.0, 0.1)] == [600.001, 600.002, 600.101]
    assert session.now_s() == 600.101


def test_restart_counts_the_time_away():
    """A program started anew on the same boot knows how long it was dead."""
    machine = Machine()
    session = machine.clock()
    session.opened()
    session.session_s(0.0)
    state = session.state()
    machine.run(42.0)
    session = machine.clock(state)
    assert session.now_s() == 42.0
    assert session.started_utc() == "2026-11-20T12:00:00Z"


# how the wall clock was set, the beginning after that
MOVES = [
    (-3600.0, "2026-11-20T11:00:00Z"),
    (7200.0, "2026-11-20T14:00:00Z"),
    (1.5, "2026-11-20T12:00:00Z"),
    (-1.5, "2026-11-20T12:00:00Z"),
]


@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("moved_s, began", MOVES)
def test_clock_that_is_set_moves_the_beginning(moved_s, began, dead):
    """Set by more than 2 s, whether the program lives or not, the beginning moves."""
    machine = Machine()
    session = machine.clock()
    machine.run(10.0)
    state = session.state()
    machine.wall_s += moved_s
    machine.run(10.0)
    session = machine.clock(state) if dead else session
    assert session.now_s() == 20.0
    assert session.started_utc() == began
    assert session.moved_s() == pytest.approx(moved_s if abs(moved_s) > 2 else 0.0)
    assert session.moved_s() == 0.0


def test_small_steps_add_up():
    """Many small steps of the wall clock count once they are more than 2 s together."""
    machine = Machine()
    session = machine.clock()
    for _ in range(3):
        machine.wall_s += 1.0
        session.now_s()
    assert session.moved_s() == pytest.approx(3.0)
    assert session.started_utc() == "2026-11-20T12:00:03Z"


def test_clock_from_1970_is_set_before_the_beginning_is_known():
    """A session begun before time sync has the right beginning after it."""
    machine = Machine(wall_s=30.0)
    session = machine.clock()
    machine.run(10.0)
    machine.wall_s = NOON_S + 10.0
    assert session.started_utc() == "2026-11-20T12:00:00Z"
    assert session.now_s() == 10.0


def seen(machine, at_s):
    """Return the state of a session whose last frame was at a time."""
    session = machine.clock()
    machine.run(at_s)
    session.opened()
    session.session_s(0.0)
    return session.state()


# the wall clock after the reboot (None: right), seconds of the session then
REBOOTS = [
    (None, 500.0),
    (NOON_S + 150.0, 150.0),
    (NOON_S + 50.0, 100.001),  # it lost the time away and more
    (0.0, 100.001),  # no battery
]


@pytest.mark.parametrize("wall_s, now_s", REBOOTS)
def test_reboot_goes_by_the_wall_clock(wall_s, now_s):
    """The time away is the wall clock's, and never less than none."""
    machine = Machine()
    state = seen(machine, 100.0)
    machine.reboot(400.0, wall_s)
    session = machine.clock(state)
    assert session.now_s() == pytest.approx(now_s)
    assert session.started_utc() == "2026-11-20T12:00:00Z"
    session.opened()
    assert session.session_s(0.0) == pytest.approx(now_s, abs=0.0015)


@pytest.mark.parametrize("wall_s", [0.0, NOON_S + 50.0, NOON_S + 150.0])
@pytest.mark.parametrize("restart", [False, True])
def test_clock_set_after_a_reboot_moves_the_seconds(wall_s, restart):
    """After a reboot the beginning is known, so that time sync says how long the device was off."""
    machine = Machine()
    state = seen(machine, 100.0)
    machine.reboot(0.0, wall_s)
    session = machine.clock(state)
    session.opened()
    session.session_s(0.0)
    machine.run(10.0)
    state = session.state()
    machine.wall_s = NOON_S + 510.0
    session = machine.clock(state) if restart else session
    assert session.now_s() == pytest.approx(510.0)
    assert session.started_utc() == "2026-11-20T12:00:00Z"
    if not restart:
        assert session.session_s(10.0) == pytest.approx(510.0, abs=0.0015)


def test_clock_set_back_after_a_reboot_changes_no_seconds():
    """Time never goes back."""
    machine = Machine()
    state = seen(machine, 100.0)
    machine.reboot(900.0)
    session = machine.clock(state)
    machine.wall_s -= 500.0
    machine.run(1.0)
    assert session.now_s() == pytest.approx(1001.0)
    assert session.moved_s() == pytest.approx(-500.0)


def test_session_begun_in_1970_survives_a_reboot():
    """Where nobody knows when the session began, the reboot took no time."""
    machine = Machine(wall_s=30.0)
    state = seen(machine, 100.0)
    machine.reboot(0.0, wall_s=NOON_S)
    session = machine.clock(state)
    assert session.now_s() == pytest.approx(100.001)
    assert session.started_utc() == "2026-11-20T11:58:19Z"


def test_machine_without_a_boots_name_goes_by_the_wall_clock():
    """Two boots without a name are not the same."""
    machine = Machine()
    machine.name = ""
    state = seen(machine, 100.0)
    machine.mono_s, machine.wall_s = 3.0, machine.wall_s + 50.0
    assert machine.clock(state).now_s() == pytest.approx(150.0)


@pytest.mark.parametrize("state", [{}, [], {"began_s": "soon"}, 7])
def test_broken_state_is_refused(state):
    """What is no state raises, with the state."""
    with pytest.raises(ValueError, match="not a session clock's state"):
        SessionClock(state)


def test_real_clocks_work():
    """On this machine, time runs on."""
    session = SessionClock()
    first_s = session.now_s()
    assert 0 <= first_s <= session.now_s() < 60
    assert SessionClock(session.state()).now_s() >= first_s
    assert clock.plausible()
    assert clock.synchronised() in (True, False, None)


@pytest.mark.parametrize("wall_s, good", [(0.0, False), (1.7e9, False), (NOON_S, True)])
def test_impossible_wall_clock_is_noticed(wall_s, good):
    """A clock before the program's own making has not been set."""
    assert clock.plausible(wall_s) is good


# plausible after s, synchronised after s (None: nobody can tell), up for s, waited s, in the end
WAITS = [
    (0, 0, 10, 0, True),
    (5, None, 10, 5, True),
    (0, 8, 10, 8, True),
    (0, 999, 10, 60, True),
    (0, 999, 1000, 0, True),  # long up: nobody will set it soon
    (999, 999, 1000, 60, False),
]


@pytest.mark.parametrize("plausible_s, synchronised_s, up_s, waited_s, good", WAITS)
def test_device_waits_for_time_sync(monkeypatch, plausible_s, synchronised_s, up_s, waited_s, good):
    """At boot up to a minute for a set clock, later only for a possible one."""
    slept = []
    state = None if synchronised_s is None else lambda: len(slept) >= synchronised_s
    monkeypatch.setattr(clock, "plausible", lambda: len(slept) >= plausible_s)
    monkeypatch.setattr(clock, "synchronised", state or (lambda: None))
    assert clock.wait_until_plausible(60, slept.append, lambda: up_s + len(slept)) is good
    assert len(slept) == waited_s


def test_timesyncd_says_that_the_clock_is_set(tmp_path, monkeypatch):
    """The file that timesyncd makes counts for more than what the kernel says."""
    monkeypatch.setattr(clock, "TIMESYNC_FILE", str(tmp_path))
    assert clock.synchronised() is True
