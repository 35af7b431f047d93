"""The room's footage is known for what it is under every name and form; films pass."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.report.room_footage import Look, shows_room
from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.simulate.simulate import simulate
from tests.bench.room_footage import COPIES, copy

SIZE = (960, 540)


def hall(viewers, seconds=30, seed=1):
    """Return readings of viewers who sit in rows and move a little."""
    rng = np.random.default_rng(seed)
    rows = -(-viewers // 6)
    seats = [(90 + 150 * (n % 6), 60 + 400 * (n // 6) / rows) for n in range(viewers)]
    tables = []
    for n, seat in enumerate(seats):
        t_s = np.arange(seconds * 5) / 5
        sway = np.cumsum(rng.normal(0, 1.5, (len(t_s), 2)), axis=0)
        sway -= np.linspace(0, 1, len(t_s))[:, None] * sway[-1]
        low = (np.array(seat) + sway).round().astype(int)
        box = {"x1": low[:, 0], "y1": low[:, 1], "x2": low[:, 0] + 60, "y2": low[:, 1] + 60}
        tables.append(pd.DataFrame({"viewer_id": n + 1, "t_s": t_s, **box}))
    return pd.concat(tables, ignore_index=True)


def looks_at(readings, shift_s=0.0, found=0.8, **along):
    """Return what a finder would find in a copy: some of the faces, not to the pixel."""
    rng = np.random.default_rng(2)
    ax, bx, ay, by = ({"ax": 1.0, "bx": 0.0, "ay": 1.0, "by": 0.0} | along).values()
    size = int(abs(ax) * SIZE[0]), int(ay * SIZE[1])
    looks = []
    for t_s in np.linspace(3, 25, 24):
        now = readings[np.isclose(readings["t_s"], round((t_s + shift_s) * 5) / 5)]
        x = np.sort(ax * now[["x1", "x2"]].to_numpy() + bx, axis=1)
        y = ay * now[["y1", "y2"]].to_numpy() + by
        boxes = np.column_stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]])
        boxes += rng.normal(0, 0.03 * 60 * ay, boxes.shape)
        looks.append(Look(t_s, size, boxes[rng.random(len(boxes)) < found]))
    return [looks]


MAPS = {
    "as it is": {},
    "smaller": {"ax": 0.4, "ay": 0.4},
    "larger": {"ax": 2.0, "ay": 2.0},
    "mirrored": {"ax": -1.0, "bx": 960.0},
    "letterbox": {"by": 90.0},
    "cropped": {"bx": -60.0, "by": -40.0},
    "stretched": {"ax": 1.0, "ay": 1.33},
    "shifted": {"shift_s": 4.0},
    "all of it": {"ax": -0.7, "bx": 672.0, "ay": 0.7, "by": 30.0, "shift_s": -2.0, "found": 0.6},
}


@pytest.mark.slow
@pytest.mark.parametrize("viewers", [1, 5, 18])
@pytest.mark.parametrize("kind", MAPS)
def test_copy_is_known_by_its_faces(viewers, kind):
    """However it was scaled, cropped, mirrored, stretched or shifted."""
    readings = hall(viewers)
    assert shows_room(looks_at(readings, **MAPS[kind]), readings)


@pytest.mark.slow
@pytest.mark.parametrize("viewers", [1, 2, 5, 18])
@pytest.mark.parametrize("seed", range(3))
def test_film_with_actors_passes(viewers, seed):
    """Their faces are elsewhere in each shot, and of other sizes."""
    rng = np.random.default_rng(seed)
    looks = []
    for shot in range(8):
        count, width = rng.integers(1, 4), rng.uniform(60, 250)
        low = rng.uniform(0, 1, (count, 2)) * (900 - width, 500 - width / 2)
        for k in range(3):
            boxes = np.column_stack([low, low + width]) + rng.normal(0, 0.05 * width, (count, 4))
            looks.append(Look(3.0 * shot + k, SIZE, boxes))
    assert not shows_room([looks], hall(viewers))


@pytest.mark.slow
def test_copy_changed_in_every_way_is_known():
    """The quick one of the tests above."""
    readings = hall(5)
    assert shows_room(looks_at(readings, **MAPS["all of it"]), readings)


def test_film_without_faces_passes():
    """And so does every film of a session in which nobody was seen."""
    nothing = [Look(float(t_s), SIZE, np.zeros((0, 4))) for t_s in range(24)]
    assert not shows_room([nothing], hall(5))
    assert not shows_room(looks_at(hall(5)), hall(5).iloc[:0])


@pytest.mark.slow
def test_command_refuses_the_footage_in_every_form(tmp_path, capsys):
    """By its bytes where it is the same, else by its faces; nothing is written."""
    room, store = tmp_path / "room.mp4", str(tmp_path / "store")
    simulate(room, 4, 8, (640, 360), seed=3)
    assert app.main(["replay", str(room), "--rate", "5", "--store", store]) == 0
    assert len(load(store, "room").info["footage"]) == 64
    page = tmp_path / "page.html"
    words = ["report", "room", "--store", store, "-o", str(page), "--media"]
    (tmp_path / "show.mp4").write_bytes(room.read_bytes())
    assert app.main([*words, str(tmp_path / "show.mp4")]) == 1
    assert "footage of the room, by its bytes" in " ".join(capsys.readouterr().err.split())
    for kind in ("mirrored", "cropped"):
        film = copy(room, tmp_path / f"{kind}.mp4", **COPIES[kind])
        assert app.main([*words, str(film)]) == 1, kind
        assert "by the faces in it" in " ".join(capsys.readouterr().err.split())
    assert not page.exists()
