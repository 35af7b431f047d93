"""What changed is scanned in time, what did not is left alone, and the work is spread."""

import numpy as np
import pytest

from laughtrack.edge.faces.scan_schedule import (
    REFRESH_MS_PER_S,
    SCAN_MS_PER_S,
    SCAN_S,
    ScanSchedule,
)
from laughtrack.edge.faces.tiles import min_face_width, tiles, whole_picture

NOBODY = np.zeros((0, 4))
SHAPE = (720, 1280)


@pytest.fixture
def wall():
    """Return a picture with some pattern, nothing on it."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (90 + 20 * np.sin(x / 50) + 20 * np.cos(y / 70)).astype(np.uint8)


@pytest.fixture
def scans(wall):
    """Return what has just seen and scanned all of the wall."""
    scans = ScanSchedule()
    assert not scans.observe(wall)
    scans.whole_picture(0.0)
    return scans


def somebody(wall, x, y, px=40):
    """Return the wall with a dark head on it."""
    picture = wall.copy()
    picture[y : y + px, x : x + px] = 20
    return picture


def step(scans, picture, t_s, known=NOBODY, most_ms=1e6, step_s=0.1):
    """Show a picture; what is scanned then."""
    assert not scans.observe(picture)
    scans.note_changes(known, t_s)
    return [part for _, part in scans.due(t_s, step_s, most_ms)]


@pytest.mark.slow
def test_still_picture_is_left_alone(wall, scans):
    """Nothing changed: nothing to scan, until all is looked at again for once."""
    whole = whole_picture(SHAPE, min_face_width(SHAPE))
    refresh_s = sum(part.price_ms for part in whole) / REFRESH_MS_PER_S
    quiet = [step(scans, wall, n / 10) for n in range(1, int(10 * (refresh_s - SCAN_S)))]
    assert not any(quiet)
    looks = range(int(10 * (refresh_s - SCAN_S)), int(10 * refresh_s) + 2)
    assert sum(len(step(scans, wall, n / 10)) for n in looks) == len(whole)


@pytest.mark.slow
def test_small_picture_waits_for_less():
    """Where all of it costs little, what changes all the time is scanned more often."""
    scans, counts = ScanSchedule(), 0
    small = np.full((180, 320), 90, np.uint8)
    scans.observe(small)
    scans.whole_picture(0.0)
    for n in range(1, 201):
        scans.observe(somebody(small, 100 + 60 * (n % 2), 100))
        scans.note_changes(NOBODY, n / 10)
        due = scans.due(n / 10, 0.1, 1e6)
        counts += len(due)
        for tile, _ in due:
            scans.note_result(tile, False)
    whole_ms = sum(part.price_ms for part in whole_picture(small.shape, 20))
    assert whole_ms / SCAN_MS_PER_S < SCAN_S / 5 and counts > 100


@pytest.mark.slow
def test_light_and_noise_are_no_change(wall, scans):
    """A dimmer lamp and a grainy picture have nothing scanned."""
    noise = np.random.RandomState(1)
    for n in range(1, 15):
        picture = 0.8 * wall + noise.normal(0, 6, SHAPE)
        assert not step(scans, np.clip(picture, 0, 255).astype(np.uint8), n / 10)


def test_newcomer_is_scanned_in_every_size(wall, scans):
    """Within `SCAN_S`, around where somebody is, with faces of all sizes."""
    picture = somebody(wall, 600, 300)
    parts = [p for n in range(30, 30 + int(10 * SCAN_S) + 1) for p in step(scans, picture, n / 10)]
    there = [p for p in parts if p.x1 < 600 and p.x2 > 640 and p.y1 < 300 and p.y2 > 340]
    assert {p.scale for p in there} == {tile.scale for tile in tiles(SHAPE, 20)}
    assert sum(p.price_ms for p in parts) < 0.5 * sum(p.price_ms for p in whole_picture(SHAPE, 20))


def test_known_faces_may_move(wall, scans):
    """What changes where a known face is found has nothing scanned."""
    for n in range(1, 20):
        picture = somebody(wall, 600 + n % 3, 300)
        assert not step(scans, picture, n / 10, np.array([[596.0, 296.0, 648.0, 344.0]]))


@pytest.mark.slow
def test_what_changes_in_vain_waits_longer(wall, scans):
    """A screen that flickers is scanned every `SCAN_S`; where people come, oftener."""
    counts = []
    for news in (False, True):
        scans.whole_picture(0.0)
        scanned = []
        for n in range(1, 200):
            scans.observe(somebody(wall, 100 + 60 * (n % 2), 100))
            scans.note_changes(NOBODY, n / 10)
            for tile, part in scans.due(n / 10, 0.1, 1e6):
                scanned.append(part)
                scans.note_result(tile, news)
        counts.append(len(scanned))
    assert counts[1] > 3 * counts[0] > 0


def test_work_is_spread_and_bounded(wall, scans):
    """After all has changed, no call does much more than its share; none is left at the end."""
    spent = []
    for n in range(1, int(10 * SCAN_S) + 2):
        scans.observe(255 - wall)
        scans.note_changes(NOBODY, n / 10)
        spent.append(sum(part.price_ms for _, part in scans.due(n / 10, 0.1, 60)))
    whole_ms = sum(p.price_ms for p in whole_picture(SHAPE, 20))
    assert sum(spent) >= whole_ms - 1e-6 and max(spent) < 60
    assert np.all(scans._since_s == np.inf)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1080, 1920), (720, 1280), (3000, 4000), (30, 500), (2, 2)])
def test_parts_cover_the_picture(shape):
    """Tiles of an octave make up the picture; parts are no larger than planned for."""
    least = min_face_width(shape)
    cut = tiles(shape, least)
    for octave in {tile.octave for tile in cut}:
        seen = np.zeros(shape, np.int64)
        for tile in cut:
            if tile.octave == octave:
                seen[tile.y1 : tile.y2, tile.x1 : tile.x2] += 1
        assert (seen == 1).all()
    assert all(part.price_ms <= 14 for part in whole_picture(shape, least))
    assert bool(cut) == (min(shape) >= least)


@pytest.mark.slow
def test_forgotten_is_looked_over_within_a_second(wall, scans):
    """All of it, once, though nothing changed; then it is left alone again."""
    step(scans, wall, 0.1)
    scans.forget()
    parts = [part for n in range(2, 30) for part in step(scans, wall, n / 10)]
    assert len(parts) == len(whole_picture(SHAPE, min_face_width(SHAPE)))
    scans.forget()
    late = [step(scans, wall, n / 10) for n in range(30, 60)]
    assert sum(map(len, late[: int(10 * SCAN_S / 2) + 1])) == len(parts) and not any(late[12:])


def test_cut_is_told_after_forgetting(wall, scans):
    """The frame before is known until another comes."""
    scans.forget()
    assert not scans.observe(wall)
    scans.forget()
    assert scans.observe(np.ascontiguousarray(wall[::-1, ::-1]))
