"""Each picture's face is found and scored, as it is and smaller; what can't be read is told."""

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile import crops
from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation.faces import FACE_PX, score_pictures

BOX = np.array([[50.0, 40.0, 130.0, 120.0]])


def picture(folder, name, seed=1, side=200):
    """Write an invented picture; return it with a label."""
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    cv2.imwrite(str(folder / name), cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC))
    return Picture(folder / name, "set", name, "test", "1")


def brightness(cut):
    """Score crops by their mean: a stand-in for the scorer."""
    return cut.reshape(len(cut), -1).mean(axis=1) / 255


def one_face(image):
    """Find a face of 80 px, and a small one at the edge."""
    return np.array([[0.0, 0, 12, 12], BOX[0]]), np.array([0.9, 0.5])


def nobody(image):
    """Find no face."""
    return np.zeros((0, 4)), np.zeros(0)


def test_face_is_scored_at_every_width_it_has(tmp_path):
    """A face of 80 px is not enlarged to 96; the others are about as bright as it is."""
    scored = score_pictures([picture(tmp_path, "a.png")], one_face, brightness)
    wider = [px > 80 for px in FACE_PX]
    assert np.isnan(scored.scores[0]).tolist() == [False, *wider]
    image = cv2.imread(str(tmp_path / "a.png"))
    assert scored.scores[0, 0] == brightness(crops.crop_faces(image, BOX))[0]
    assert np.nanmax(abs(scored.scores[0] - scored.scores[0, 0])) < 0.02


def test_scorer_is_called_once_a_picture(tmp_path):
    """All sizes of a face go together."""
    asked = []

    def score(cut):
        asked.append(cut.shape)
        return brightness(cut)

    listed = [picture(tmp_path, f"{n}.png") for n in range(3)]
    score_pictures(listed, one_face, score)
    assert asked == [(6, crops.SIZE, crops.SIZE)] * 3


def test_quality_is_that_of_the_shrunk_face(tmp_path, monkeypatch):
    """With its own width, and with the confidence of the face that was chosen."""
    seen = []

    def quality(cut, boxes, confidence):
        seen.append((boxes[:, 2] - boxes[:, 0], confidence))
        return np.full(len(cut), 0.4)

    monkeypatch.setattr(crops, "quality", quality)
    scored = score_pictures([picture(tmp_path, "a.png")], one_face, brightness)
    widths, confidence = seen[0]
    assert widths == pytest.approx([80, 16, 24, 32, 48, 64], abs=0.5)
    assert set(confidence) == {0.5}
    assert scored.quality[0, :6].tolist() == [0.4] * 6 and np.isnan(scored.quality[0, 6])


def test_face_not_found_has_no_score(tmp_path):
    """And no quality; the picture is there."""
    scored = score_pictures([picture(tmp_path, "a.png")], nobody, brightness)
    assert len(scored.pictures) == 1 and scored.found().tolist() == [False]
    assert np.isnan(scored.scores).all() and np.isnan(scored.quality).all()


def test_ready_crop_is_scored_as_it_is(tmp_path):
    """No finder, no cutting: a crop of the scorer's size reaches it byte by byte."""
    cut = []

    def score(each):
        cut.append(each)
        return brightness(each)

    scored = score_pictures([picture(tmp_path, "a.png", side=crops.SIZE)], None, score)
    grey = cv2.cvtColor(cv2.imread(str(tmp_path / "a.png")), cv2.COLOR_BGR2GRAY)
    assert np.array_equal(cut[0][0], grey)
    # The box that it was cut around is narrower by the crop's margin.
    box_px = crops.SIZE / crops.WIDEN
    assert np.isnan(scored.scores[0]).tolist() == [False, *(px > box_px for px in FACE_PX)]


def test_unreadable_pictures_are_told_and_the_rest_done(tmp_path):
    """Missing, cut short, empty: each is named, each step counted."""
    good = picture(tmp_path, "a.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:900])
    (tmp_path / "empty.png").write_bytes(b"")
    bad = [good._replace(path=tmp_path / n) for n in ("gone.jpg", "cut.jpg", "empty.png")]
    steps = []
    scored = score_pictures([*bad[:1], good, *bad[1:]], one_face, brightness, steps.append)
    assert scored.pictures == [good] and scored.scores.shape == (1, 1 + len(FACE_PX))
    assert steps == [1, 2, 3, 4]
    assert [line.split(":")[0].split("/")[-1] for line in scored.unreadable] == [
        "gone.jpg",
        "cut.jpg",
        "empty.png",
    ]


def test_no_pictures_are_no_scores():
    """Empty in, empty out."""
    scored = score_pictures([], one_face, brightness)
    assert scored.scores.shape == scored.quality.shape == (0, 1 + len(FACE_PX))
    assert scored.found().shape == scored.truth().shape == scored.people().shape == (0,)
