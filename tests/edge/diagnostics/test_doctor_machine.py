"""What the doctor finds of the machine and of what waits to be sent."""

import os

import pytest

from laughtrack.edge import status_file
from laughtrack.edge.diagnostics import machine, sending
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.session import clock


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_broken_status_file_is_no_status(tmp_path, text):
    """Torn by a power cut, or another's."""
    (tmp_path / "status.json").write_text(text)
    assert status_file.read(str(tmp_path)) is None


# lines of /proc/cpuinfo, the machine, what is found
PROCESSORS = [
    ("flags\t\t: fpu sse4_1 sse4_2", "x86_64", True),
    ("flags\t\t: fpu sse4_1", "x86_64", False),
    ("Features\t: fp asimd", "aarch64", True),
    ("Features\t: half thumb", "armv7l", None),
    ("", "x86_64", None),
]


@pytest.mark.parametrize("text, kind, ok", PROCESSORS)
def test_processor_can_run_the_wheels(tmp_path, text, kind, ok):
    """What the wheels were built for must be there."""
    (tmp_path / "cpuinfo").write_text(text + "\n")
    (found,) = machine.check_processor(str(tmp_path / "cpuinfo"), kind, {})
    assert found.ok is ok and kind in found.message


def test_openblas_coretype_is_wrong(tmp_path, monkeypatch):
    """It makes the program die on a DeepLens."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    (found,) = (machine.check_processor(environ=os.environ),)
    assert [f.ok for f in found if f.what == "environment"] == [False]


# plausible, synchronised, what is found
CLOCKS = [(True, True, True), (True, False, None), (True, None, None), (False, False, False)]


@pytest.mark.parametrize("plausible, synchronised, ok", CLOCKS)
def test_clock_is_looked_at(monkeypatch, plausible, synchronised, ok):
    """A clock that was never set is wrong; one that nobody sets deserves a look."""
    monkeypatch.setattr(clock, "plausible", lambda: plausible)
    monkeypatch.setattr(clock, "synchronised", lambda: synchronised)
    (found,) = machine.check_clock()
    assert found.ok is ok and (ok or "set-ntp" in found.cure)


# total and available kB, the setting, what is found
MEMORIES = [
    ("8000000 6000000", 1500, True),
    ("8000000 200000", 1500, False),
    ("1000000 900000", 1500, False),
    ("many few", 1500, None),
]


@pytest.mark.parametrize("sizes, limit, ok", MEMORIES)
def test_memory_is_enough(tmp_path, sizes, limit, ok):
    """Enough must be free, and the limit below what there is."""
    total, free = sizes.split()
    path = tmp_path / "meminfo"
    path.write_text(f"MemTotal: {total} kB\nMemAvailable: {free} kB\n")
    (found,) = machine.check_memory(limit, str(path))
    assert found.ok is ok


@pytest.mark.parametrize("found_c, ok", [(51.0, True), (95.0, False)])
def test_heat_is_found(monkeypatch, found_c, ok):
    """Too hot is wrong."""
    monkeypatch.setattr(machine.resources, "temperature_c", lambda: found_c)
    (found,) = machine.check_temperature()
    assert found.ok is ok


def test_dying_disk_is_found(tmp_path, monkeypatch):
    """A disk that needs seconds for a batch loses pictures."""
    monkeypatch.setattr(machine, "_measure_disk", lambda folder: (0.1, 3.0))
    disk = next(machine.check_disk(str(tmp_path), 0.0))
    assert disk.ok is False and "replace it" in disk.cure


def test_outbox_is_counted_and_left_alone(tmp_path):
    """What waits, what was dropped and what was refused; a refusal is to be read."""
    assert next(sending.check_outbox(str(tmp_path))).message == "none yet"
    outbox = Outbox(tmp_path / "outbox", 1e6)
    for payload in (b"a", b"b", b"c"):
        outbox.put(payload)
    found = next(sending.check_outbox(str(tmp_path)))
    assert found.ok and found.message == "3 waiting, 0 dropped for room, 0 refused, ever"
    outbox.refuse(outbox.first()[0], "too large")
    torn = tmp_path / "outbox" / "refused" / "000000000009-1-00000000.json.part"
    torn.touch()
    found = next(sending.check_outbox(str(tmp_path)))
    assert found.ok is False and "2 waiting" in found.message and "1 refused" in found.message
    assert "refused" in found.cure and torn.exists()


def test_dropped_batches_deserve_a_look(tmp_path):
    """The oldest were dropped for room: say which setting gives more."""
    outbox = Outbox(tmp_path / "outbox", 8192)
    for payload in (b"a", b"b", b"c"):
        outbox.put(payload)
    found = next(sending.check_outbox(str(tmp_path)))
    assert found.ok is None and "1 dropped" in found.message and "outbox_mb" in found.cure


# package there, its variable set, its folder there, what is found
GREENGRASSES = [
    (False, True, True, False),
    (True, True, False, True),
    (True, False, True, None),
    (True, False, False, False),
]


@pytest.mark.parametrize("package, variable, home, ok", GREENGRASSES)
def test_greengrass_is_looked_at(tmp_path, monkeypatch, package, variable, home, ok):
    """Its package, what it sets for its programs, and where it lives."""
    name = "json" if package else "no_such_package"
    place = str(tmp_path if home else tmp_path / "none")
    monkeypatch.setitem(sending.GREENGRASS, "greengrass1", (name, place, "SET_BY_IT"))
    environ = {"SET_BY_IT": "arn"} if variable else {}
    assert sending._greengrass("greengrass1", environ).ok is ok
