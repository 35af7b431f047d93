"""The device program as a process: signals, kills, what hangs."""

import signal

import pytest

from laughtrack.edge.device.watchdog import EXIT_RESTART
from tests.edge.device_cases import SOON_S, make_film, plugged, process, said, sent, until, whole


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Twenty seconds of three pretend viewers."""
    return make_film(tmp_path_factory.mktemp("device"))


@pytest.fixture
def camera():
    """A camera that gives pictures."""
    with plugged() as camera:
        yield camera


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_tidily(tmp_path, film, number):
    """The batch is closed and sent, the state is offline, and the session can go on."""
    with process(tmp_path, film, speed=1, batch_s=20) as device:
        until(lambda: said(tmp_path)["viewers"], "viewers")
        device.send_signal(number)
        assert device.wait(SOON_S) == 0
    assert said(tmp_path)["online"] is False and said(tmp_path)["queue"] == 0
    (batch,) = sent(tmp_path)
    assert 0 < batch.end_s < 20 and "complete" not in batch.info
    assert (tmp_path / "device" / "session.jsonl").exists()


@pytest.mark.slow
def test_signal_ends_it_though_the_camera_hangs(tmp_path, camera):
    """Not after the watchdog's patience only."""
    with process(tmp_path, camera.place, stuck_s=1000) as device:
        until(lambda: said(tmp_path)["camera"] == "ok", "pictures")
        camera.flows.clear()
        device.send_signal(signal.SIGTERM)
        assert device.wait(SOON_S) == 0


@pytest.mark.slow
def test_killed_it_goes_on_as_if_nothing_had_been(tmp_path, film):
    """A recording's readings are those of a run without a kill, to the last number."""
    kept = {}
    for name, kills in (("once", 0), ("killed", 2)):
        folder = tmp_path / name
        folder.mkdir()
        for n in range(kills):
            with process(folder, film, rate_hz=5) as device:
                until(lambda n=n: len(sent(folder)) > 2 + 5 * n, "batches")  # noqa: B023
                device.kill()
        with process(folder, film, rate_hz=5) as device:
            assert device.wait(SOON_S) == 0
        kept[name] = [b._replace(session="", started_utc="", info={}) for b in sent(folder)]
        assert whole(sent(folder)) and sent(folder)[-1].info["complete"]
    assert kept["killed"] == kept["once"]


@pytest.mark.slow
def test_killed_while_a_film_plays_it_goes_on_where_the_film_is(tmp_path, film):
    """At another speed than the clock's, too: the viewers are the same, and the end is seen."""
    # Slower than the clock: on a busy machine the film must not be over before the program is up.
    for _ in range(2):
        with process(tmp_path, film, speed=0.8) as device:
            until(lambda: len(sent(tmp_path)) > 1, "batches")
            until(lambda: said(tmp_path)["viewers"], "viewers")
            device.kill()
    with process(tmp_path, film, speed=0.8) as device:
        assert device.wait(SOON_S) == 0
    found = sent(tmp_path)
    assert whole(found) and found[-1].end_s == pytest.approx(20, abs=0.3)
    assert {v for b in found for v in b.readings["viewer_id"]} == {1, 2, 3}


@pytest.mark.slow
def test_second_program_in_one_folder_is_refused(tmp_path, camera):
    """Plainly, and the first one goes on."""
    with process(tmp_path, camera.place) as first:
        until(lambda: said(tmp_path)["camera"] == "ok", "pictures")
        with process(tmp_path, camera.place) as second:
            assert second.wait(SOON_S) == 1
        assert "is in use by another program of this device" in (tmp_path / "log").read_text()
        assert first.poll() is None


HANGING_SCORER = """
import sys, threading
import laughtrack.edge.__main__, laughtrack.edge.device.device
laughtrack.edge.device.device.open_scorer = lambda settings: lambda crops: threading.Event().wait()
sys.exit(laughtrack.edge.__main__.main())
"""


@pytest.mark.slow
def test_scorer_that_hangs_is_started_anew(tmp_path, film):
    """The process ends, for whoever minds it to start it again."""
    with process(tmp_path, film, HANGING_SCORER, stuck_s=2) as device:
        assert device.wait(SOON_S) == EXIT_RESTART
    assert (
        "hangs at a look at a picture; ending, to be started anew" in (tmp_path / "log").read_text()
    )


@pytest.mark.slow
def test_camera_that_hangs_is_opened_anew_and_then_all_is(tmp_path, camera):
    """It says what hangs; after the restart the session goes on."""
    with process(tmp_path, camera.place, stuck_s=3) as device:
        until(lambda: said(tmp_path)["camera"] == "ok", "pictures")
        camera.flows.clear()
        until(lambda: "hangs at the camera's next" in said(tmp_path)["camera"], "the reason")
        assert device.wait(SOON_S) == EXIT_RESTART
    camera.flows.set()
    with process(tmp_path, camera.place) as device:
        before = len(sent(tmp_path))
        until(lambda: len(sent(tmp_path)) > before + 1, "batches after the restart")
    assert whole(sent(tmp_path))
