"""The preview shows who is followed, as a film or as a page on the loopback."""

import os

import cv2
import numpy as np
import pytest

from laughtrack.edge.preview.draw import NO_SMILE, SMILE, UNSCORED, draw
from laughtrack.edge.preview.preview import open_preview
from laughtrack.edge.readings import Reading
from laughtrack.edge.sources.frames import Frame
from laughtrack.tracker.tracks import Track

BOX = np.array([40.0, 30.0, 80.0, 70.0])
IMAGE = np.zeros((120, 160, 3), np.uint8)


def track(seen=True):
    """Return a viewer's track."""
    return Track(7, BOX, seen, 0.7 if seen else 0.0)


@pytest.mark.parametrize(
    "smile, colour", [(0.9, SMILE), (0.5, SMILE), (0.2, NO_SMILE), (None, UNSCORED)]
)
def test_box_has_the_scores_colour(smile, colour):
    """Blue for a smile, orange for none, grey where the face could not be judged."""
    reading = Reading(7, 0.0, (40, 30, 80, 70), 0.9, smile, smile)
    assert tuple(draw(IMAGE, [track()], [reading])[70, 60]) == colour


def test_predicted_box_is_drawn_unscored():
    """A viewer who is only predicted has a thin grey box."""
    picture = draw(IMAGE, [track(seen=False)], [])
    assert tuple(picture[70, 60]) == UNSCORED and tuple(picture[68, 60]) == (0, 0, 0)


def test_the_frame_itself_is_left_alone():
    """Drawing is done on a copy."""
    draw(IMAGE, [track()], [])
    assert not IMAGE.any()


def test_film_is_whole_or_not_there(tmp_path):
    """Until it is closed the film has another name; then as many frames as were shown."""
    path = tmp_path / "seen.mp4"
    preview = open_preview(str(path), 10)
    for n in range(5):
        preview.show(Frame(n, n / 10, IMAGE), [track()], [])
        assert not path.exists()
    preview.close()
    film = cv2.VideoCapture(str(path))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == 5
    assert [p.name for p in tmp_path.iterdir()] == ["seen.mp4"]


def test_film_is_its_owners_alone(tmp_path):
    """From its first moment on, whatever the umask; a link of its name in the making is no way."""
    path, other = tmp_path / "seen.mp4", tmp_path / "other"
    other.write_bytes(b"another's")
    (tmp_path / f"seen.{os.getpid()}.part.mp4").symlink_to(other)
    mask = os.umask(0)
    try:
        preview = open_preview(str(path), 10)
        preview.show(Frame(0, 0.0, IMAGE), [], [])
        (part,) = tmp_path.glob("*.part.mp4")
        assert part.stat().st_mode & 0o777 == 0o600
        preview.close()
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o600
    assert other.read_bytes() == b"another's"


def test_film_of_a_killed_run_is_removed(tmp_path):
    """The next one of its name removes it, but not what another is at work on."""
    at_work = open_preview(str(tmp_path / "seen.mp4"), 10)
    at_work.show(Frame(0, 0.0, IMAGE), [], [])
    (part,) = tmp_path.iterdir()
    for name in ("seen.99.part.mp4", "other.99.part.mp4"):
        (tmp_path / name).write_bytes(b"the room")
    open_preview(str(tmp_path / "seen.mp4"), 10).close()
    assert {p.name for p in tmp_path.iterdir()} == {part.name, "other.99.part.mp4"}
    at_work.discard()


def test_nothing_shown_leaves_no_film(tmp_path):
    """No frame, no file."""
    for end in ("close", "discard"):
        getattr(open_preview(str(tmp_path / "seen.mp4"), 10), end)()
    assert list(tmp_path.iterdir()) == []


def film_begun(path):
    """Open a film over an older one, show a frame; returns it and its part file."""
    path.write_bytes(b"older")
    preview = open_preview(str(path), 10)
    preview.show(Frame(0, 0.0, IMAGE), [], [])
    (part,) = set(path.parent.iterdir()) - {path}
    return preview, part


def test_failed_run_keeps_the_older_film(tmp_path):
    """What was discarded is gone, under a name no other process uses."""
    path = tmp_path / "seen.mp4"
    preview, part = film_begun(path)
    assert str(os.getpid()) in part.name
    preview.discard()
    preview.close()
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"older"


@pytest.mark.parametrize("left", [None, 0, 100])
def test_film_cut_by_a_full_disk_is_an_error(tmp_path, monkeypatch, left):
    """OpenCV does not say so: a film that is not whole never gets its name."""
    path = tmp_path / "seen.mp4"
    preview, part = film_begun(path)
    release = preview._writer.release

    class Full:
        def release(self):
            release()
            if left is None:
                part.unlink()
            else:
                os.truncate(part, left)

    monkeypatch.setattr(preview, "_writer", Full())
    with pytest.raises(OSError, match=r"cannot write the preview .*seen\.mp4: only 0 of 1"):
        preview.close()
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"older"


def test_unwritable_film_is_an_error_at_once(tmp_path):
    """The error names the file, before anything is recorded."""
    (tmp_path / "folder.mp4").mkdir()
    for place in (tmp_path / "no" / "seen.mp4", tmp_path / "folder.mp4"):
        with pytest.raises(OSError, match=rf"cannot write the preview .*{place.name}: .*folder"):
            open_preview(str(place), 10)


def test_footage_is_not_overwritten(tmp_path):
    """Under any of its names; other footage is none of the preview's business."""
    path, link = tmp_path / "film.mp4", tmp_path / "link.mp4"
    path.write_bytes(b"footage")
    link.symlink_to(path)
    for footage in (path, link):
        with pytest.raises(ValueError, match="overwrite the footage"):
            open_preview(str(path), 10, str(footage))
    for footage in ("0", "rtsp://cam/live", str(tmp_path / "other.mp4"), None):
        open_preview(str(path), 10, footage).close()
    assert path.read_bytes() == b"footage"


@pytest.mark.parametrize("place", ["seen.avi", "0", "65536", "99999999999", "٣", "²", ""])
def test_other_places_are_refused(place):
    """Neither a film nor a port."""
    with pytest.raises(ValueError, match=f"preview is '{place}': expected a"):
        open_preview(place, 10)
