"""The plain supervisor, its spare and the program: whichever is killed comes back, once."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laughtrack.edge.deploy.on_device import plain, supervise
from laughtrack.edge.file_lock import try_lock

ROOT = Path(__file__).parents[4]
SUPERVISE = """
import sys
from pathlib import Path
from laughtrack.edge.deploy.on_device import supervise
supervise.RESTART_S = 0.2
sys.exit(supervise.supervise(Path(sys.argv[1])))
"""
WORDS = [sys.executable, "-c", SUPERVISE]
# Two at a time would say so; an end takes it a moment.
PROGRAM = f"""#!{sys.executable} -IS
import fcntl, os, signal, time
one = open("one", "w")
try:
    fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    open("two", "w").close()
with open("lives", "a") as file:
    file.write(f"{{os.getpid()}}\\n")
signal.sigwait([signal.SIGTERM])
time.sleep(0.1)
"""


@pytest.fixture
def supervisor(tmp_path):
    """Start a supervisor of a program that writes down its process number; end all of it."""
    python = plain.python(tmp_path)
    python.parent.mkdir(parents=True)
    python.write_text(PROGRAM)
    python.chmod(0o755)
    with subprocess.Popen([*WORDS, str(tmp_path)], cwd=ROOT) as process:
        try:
            yield process
        finally:
            plain.stop(tmp_path)


def until(check, patience_s=60.0):
    """Wait until something is so; return what it is."""
    deadline = time.monotonic() + patience_s
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return check()


def lives(folder, count):
    """Wait until the program was started so often; return its last process number."""
    path = folder / "lives"
    until(lambda: path.exists() and len(path.read_text().split()) >= count)
    return int(path.read_text().split()[-1])


def gone(number):
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def three(folder):
    """Return the numbers of supervisor, spare and program; None where one is not there."""
    found = [plain.holder(folder / name) for name in (plain.PID, plain.SPARE, plain.PROGRAM)]
    numbers = [one.pid if one else 0 for one in found]
    return numbers if all(numbers) and len(set(numbers)) == 3 else None


@pytest.mark.slow
def test_what_dies_is_started_again(supervisor, tmp_path):
    """And each start is counted."""
    lives(tmp_path, 1)
    program = until(lambda: three(tmp_path))[2]
    os.kill(program, signal.SIGKILL)
    until(lambda: plain.running(tmp_path) == (supervisor.pid, 2))
    # What names the program may still be read before it is written anew.
    assert until(lambda: (three(tmp_path) or (0, 0, program))[2] != program)


@pytest.mark.slow
def test_stopping_stops_all(supervisor, tmp_path):
    """The program first, tidily; and nothing comes back."""
    lives(tmp_path, 1)
    there = until(lambda: three(tmp_path))
    plain.stop(tmp_path)
    assert plain.running(tmp_path) is None
    assert supervisor.wait(60) == 0 and all(map(gone, there))
    time.sleep(1.0)
    assert plain.running(tmp_path) is None and len((tmp_path / "lives").read_text().split()) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("supervisor")
@pytest.mark.parametrize("seed", [1, 2])
def test_whichever_is_killed_comes_back_and_none_is_there_twice(tmp_path, seed):
    """Two of three at once, too, as long as one of the supervisors is left; in any order."""
    draw = random.Random(seed)
    lives(tmp_path, 1)
    for _ in range(8):
        there = until(lambda: three(tmp_path))
        killed = draw.sample(there, draw.choice([1, 1, 2]))
        if set(killed) >= set(there[:2]):
            killed = killed[:1]
        for number in killed:
            os.kill(number, signal.SIGKILL)
        until(lambda old=there, killed=killed: not set(three(tmp_path) or old) & set(killed))
    assert not (tmp_path / "two").exists()
    # In the middle of a takeover, too, a stop is the end.
    os.kill(three(tmp_path)[0], signal.SIGKILL)
    plain.stop(tmp_path)
    time.sleep(1.0)
    assert plain.running(tmp_path) is None and plain.holder(tmp_path / plain.PROGRAM) is None


def test_both_killed_leave_no_program(supervisor, tmp_path):
    """The numbers that they left are of no running supervisor."""
    lives(tmp_path, 1)
    leader, spare, program = until(lambda: three(tmp_path))
    os.kill(spare, signal.SIGSTOP)
    os.kill(leader, signal.SIGSTOP)
    for number in (spare, leader):
        os.kill(number, signal.SIGKILL)
    until(lambda: gone(program))
    assert plain.running(tmp_path) is None and supervisor.wait(60)


@pytest.mark.slow
def test_a_second_supervisor_gives_way(supervisor, tmp_path):
    """Two would run two programs."""
    lives(tmp_path, 1)
    assert subprocess.run([*WORDS, str(tmp_path)], cwd=ROOT).returncode == 1
    assert plain.running(tmp_path)[0] == supervisor.pid


@pytest.mark.slow
def test_another_users_supervisor_is_not_stopped(supervisor, tmp_path, monkeypatch):
    """It is said whose it is to stop."""
    lives(tmp_path, 1)

    def refuse(*words):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", refuse)
        with pytest.raises(OSError, match=f"{supervisor.pid} is another user's: log in as"):
            plain.stop(tmp_path)


def test_who_only_looks_never_makes_a_program_that_nobody_knows_of(tmp_path, monkeypatch):
    """A look holds the program's lock for a moment; where it lasts, the start waits for it."""
    monkeypatch.setattr(supervise, "LOCK_S", 0.05)
    with open(tmp_path / plain.PROGRAM, "w") as file:
        assert try_lock(file.fileno(), shared=True)
        assert supervise._start(tmp_path) is None
        assert (tmp_path / "laughtrack.err").read_bytes() == b""
    # Then it is tried; here is no release that could run.
    assert supervise._start(tmp_path) is None
    assert b"cannot start the program" in (tmp_path / "laughtrack.err").read_bytes()
