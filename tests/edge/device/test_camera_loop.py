"""Looks that take longer than there is time for are told, in the status."""

import numpy as np
import pytest

from laughtrack.edge.device.camera_loop import CameraLoop, CameraSettings
from laughtrack.edge.diagnostics.checks import findings
from laughtrack.edge.settings import Settings
from tests.edge.doctor_cases import about
from tests.standins import findernet


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a film in it."""
    (tmp_path / "film.mp4").touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "source, rate_hz, speed, look_s, slow",
    [
        ("0", 10.0, 0.0, 0.05, ""),
        ("0", 10.0, 0.0, 0.14, "a look takes 140 ms and there are 100"),
        ("0", 30.0, 0.0, 0.05, "lower rate_hz, or finder = haar"),
        ("film.mp4", 10.0, 0.0, 0.5, ""),
        ("film.mp4", 10.0, 4.0, 0.05, "there are 25"),
    ],
)
def test_slow_looks_are_told(folder, source, rate_hz, speed, look_s, slow):
    """Of a camera, and of a film by the clock; a film without one waits for everything."""
    loop = CameraLoop(CameraSettings(source, rate_hz, speed), None, None, lambda: None)
    assert loop.slowness() == "" and loop.look_ms() == 0
    loop._look_s.extend(np.full(30, look_s))
    assert slow in loop.slowness() and bool(loop.slowness()) == bool(slow)
    assert loop.look_ms() == pytest.approx(1000 * look_s)


@pytest.mark.slow
def test_the_doctor_tries_the_net(tmp_path, monkeypatch):
    """Weights that are missing are found before the show; with them, what a look takes."""
    settings = Settings(device="cam", folder=str(tmp_path / "device"), publisher="file")
    settings = settings._replace(file=str(tmp_path / "out"), context="talk", source="nowhere")
    assert about(findings(settings), "finder") == []
    (wrong,) = about(findings(settings._replace(finder="net")), "finder")
    findernet.lend(monkeypatch, tmp_path / "lent")
    (right,) = about(findings(settings._replace(finder="both")), "finder")
    assert right.ok and right.message.startswith("both; a look takes the net up to")
    # Once the net's own weights are there, nothing is wrong without the stand-in either.
    assert wrong.ok or "findernet.json" in wrong.message
