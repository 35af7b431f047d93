"""A poster on the wall, as the finder and the tracker see it together."""

import cv2
import numpy as np
import pytest

from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.tracker.tracker import Tracker


@pytest.fixture(scope="module")
def wall():
    """Return a grey wall with four smiling faces of 40 to 70 px printed on it."""
    image = np.full((360, 640, 3), 120, np.uint8)
    cv2.randn(image, 120, 6)
    for k, face in enumerate(draw_people([40, 50, 60, 70], seed=3)):
        picture, alpha = with_smile(face, 0.6), face.alpha[..., None]
        height, width = picture.shape[:2]
        place = image[120 : 120 + height, 40 + 150 * k : 40 + 150 * k + width]
        place[:] = alpha * picture + (1 - alpha) * place
    return image


@pytest.mark.slow
@pytest.mark.parametrize("noise", [2, 6])
def test_a_poster_of_four_faces_yields_no_viewer_after_30_s(wall, noise):
    """Filmed with the noise of a camera, the printed faces are found, and are nobody."""
    finder, tracker, found, reported = Finder(), Tracker(), [], {}
    cv2.setRNGSeed(noise)
    grain = np.zeros(wall.shape, np.int16)
    for k in range(400):
        frame = cv2.add(wall, cv2.randn(grain, (0,) * 3, (noise,) * 3), dtype=cv2.CV_8U)
        detections = finder.find(frame, tracker.expected(k / 10), k / 10)
        tracks = tracker.update(k / 10, detections)
        found.append(len(detections.boxes))
        reported[k // 10] = {track.viewer_id for track in tracks}
    assert np.mean(found) > 3.5
    assert all(reported[second] == set() for second in range(30, 40))
