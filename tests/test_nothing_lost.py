"""Broker, device and ingest are killed at random; all that was seen is in the table, once."""

import pytest

from laughtrack.edge.simulate.simulate import simulate
from tests.bench.outages import RATE_HZ, compare, disturb

SECONDS, SPEED, KILLS = 20.0, 0.5, 1


@pytest.mark.broker
def test_kills_at_random_lose_and_double_nothing(tmp_path):
    """The table is that of an undisturbed run, less the frames while the device was dead."""
    film = tmp_path / "film.mp4"
    simulate(film, 3, SECONDS, (400, 226), seed=4, fps=RATE_HZ)
    killed = disturb(tmp_path, film, SECONDS, SPEED, KILLS, seed=4)
    found = compare(tmp_path, film)
    assert killed == {"broker": KILLS, "device": KILLS, "ingest": KILLS}
    assert found["failures"] == []
    assert found["frames while the device was dead"] < 0.8 * found["frames"]
