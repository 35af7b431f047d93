"""The preview shows who is followed, as a film or as a page on the loopback."""

import threading
import urllib.request

import cv2
import numpy as np
import pytest

from edge.draw import NO_SMILE, SMILE, UNSCORED, draw
from edge.frames import Frame
from edge.preview import open_preview
from edge.readings import Reading
from tracker.tracker import Track

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


def test_nothing_shown_leaves_no_film(tmp_path):
    """No frame, no file."""
    open_preview(str(tmp_path / "seen.mp4"), 10).close()
    assert list(tmp_path.iterdir()) == []


def test_unwritable_film_is_an_error(tmp_path):
    """The error names the file."""
    preview = open_preview(str(tmp_path / "no" / "seen.mp4"), 10)
    with pytest.raises(OSError, match=r"cannot write the preview .*seen\.mp4"):
        preview.show(Frame(0, 0.0, IMAGE), [], [])


def test_page_shows_the_newest_frame():
    """A browser gets Motion-JPEG from the loopback address."""
    preview = open_preview("0", 10)
    with urllib.request.urlopen(preview.address, timeout=10) as page:
        stop = threading.Event()

        def keep_showing():
            while not stop.wait(0.02):
                preview.show(Frame(0, 0.0, IMAGE), [track()], [])

        shower = threading.Thread(target=keep_showing)
        shower.start()
        head = [page.readline() for _ in range(4)]
        data = page.read(int(head[2].split(b":")[1]))
        stop.set()
        shower.join()
    preview.close()
    assert page.headers["Content-Type"].startswith("multipart/x-mixed-replace")
    assert cv2.imdecode(np.frombuffer(data, np.uint8), 1).shape == IMAGE.shape


def test_other_places_are_refused():
    """Neither a film nor a port."""
    with pytest.raises(ValueError, match=r"expected a file ending in \.mp4"):
        open_preview("seen.avi", 10)
