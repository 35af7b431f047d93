"""Wide crops, augmentation and calibration: all that needs no MXNet."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile import smilenet
from laughtrack.models.data import labels
from laughtrack.models.evaluation import metrics
from laughtrack.models.export import export
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import augment, loop, targets

POINTS = np.full((len(targets.POINTS), 2), 54.0)


def photo(seed=1):
    """Return a smooth colour picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (15, 15, 3), dtype=np.uint8)
    return cv2.resize(coarse, (300, 300), interpolation=cv2.INTER_CUBIC)


def test_crop_through_the_wide_one_is_the_crop():
    """Cutting wide, then cutting that, shows the same as cutting the picture itself."""
    box = np.array([90.0, 80.0, 210.0, 200.0])
    wide = wide_crops.cut_wide(photo(), box)
    direct = smilenet.crop_faces(photo(), box[None])[0].astype(int)
    assert np.abs(smilenet.crop_faces(wide, wide_crops.wide_box()[None])[0] - direct).mean() < 2


def test_augmentation_is_the_same_for_the_same_seed():
    """Crops have the right shape, differ from one another, and repeat with the generator."""
    wide = wide_crops.cut_wide(photo(), np.array([90.0, 80.0, 210.0, 200.0]))
    drawn = [
        np.stack([augment.augment(wide, POINTS, rng)[0] for _ in range(40)])
        for rng in (np.random.default_rng(4), np.random.default_rng(4))
    ]
    assert drawn[0].shape == (40, smilenet.SIZE, smilenet.SIZE) and drawn[0].dtype == np.uint8
    assert np.array_equal(*drawn)
    assert len(np.unique(drawn[0].reshape(40, -1), axis=0)) == 40


def test_points_stay_where_they_were_in_the_picture():
    """A bright spot at a point is at that point in the crop: turned, mirrored, moved or shrunk."""
    middle = wide_crops.WIDE_PX / 2
    spot = np.array([middle + 14.0, middle - 9.0])
    y, x = np.mgrid[: wide_crops.WIDE_PX, : wide_crops.WIDE_PX]
    far = (x - spot[0]) ** 2 + (y - spot[1]) ** 2
    wide = (20 + 220 * np.exp(-far / 8)).astype(np.uint8)
    point = targets.POINTS.index(61)  # the mirror makes the other corner of the mouth of it
    other = targets.POINTS.index(291)
    points = np.full((len(targets.POINTS), 2), middle)
    points[[point, other]] = spot
    rng = np.random.default_rng(5)
    off = []
    for _ in range(60):
        crop, moved = augment.augment(wide, points, rng)
        brightest = np.array(np.unravel_index(crop.argmax(), crop.shape))[::-1]
        off.append(np.abs((moved[point] + 0.5) * smilenet.SIZE - 0.5 - brightest).max())
    assert np.median(off) < 1


def test_points_mirror_into_points():
    """Mirrored twice, every point is itself; the middle of the lips stays, the corners change."""
    mirrored = np.array(targets.MIRRORED)
    assert np.array_equal(mirrored[mirrored], np.arange(len(targets.POINTS)))
    for middle in (0, 17, 13, 14, 152):
        place = targets.POINTS.index(middle)
        assert mirrored[place] == place
    assert targets.POINTS[mirrored[targets.POINTS.index(61)]] == 291


def test_a_soft_label_that_disagrees_takes_certainty_off():
    """A label stands without a soft label, and is doubted when that says no."""
    happy = labels.Picture(Path("a.jpg"), "lfw", "a", "train", "1", "1", "happiness")
    genki = labels.Picture(Path("b.jpg"), "genki4k", "b", "train", "0")
    nobody = labels.Picture(Path("c.jpg"), "lfw", "c", "train")
    shown = [happy, happy, genki, genki, nobody]
    taught = targets.smile_targets(shown, np.array([np.nan, -4.0, 0.0, 9.0, 3.0]))
    assert taught[0, 0] == pytest.approx(labels.target(happy))
    assert 0.5 < taught[1, 0] < 0.8 and taught[1, 1] == 1
    assert taught[2, 0] == pytest.approx(0.02) and 0.2 < taught[3, 0] < 0.5
    assert taught[3, 2] == 0  # a set's own label is taught as it is, beside
    assert np.isnan(taught[[0, 2, 3], [2, 1, 1]]).all()


def test_each_set_teaches_its_own_definition():
    """MTFL's and the voters' have outputs by themselves; no label is taught where it is clear."""

    def shown(source, smile="", **more):
        return labels.Picture(Path("a.jpg"), source, "a", "train", smile, **more)

    votes = [shown("ferplus", "1", happiness="0.9"), shown("ferplus", "", happiness="0.4")]
    faces = [shown("mtfl", "1"), shown("aflw", "0"), *votes, votes[0], shown("fairface")]
    soft = np.array([-3.0, -1.0, 2.0, 2.0, -2.0, 3.0])
    wide, strict, own, liberal, voted = targets.smile_targets(faces, soft).T
    assert wide[0] < 0.3 and wide[1] < 0.02  # a smile of MTFL's that is not to be seen is none
    assert liberal[:2].tolist() == [1, 0] and np.isnan(liberal[2:]).all()
    assert 0.9 < wide[2] == voted[2] and np.isnan(wide[3:5]).all()  # voters in doubt, or alone
    assert np.isfinite(voted[2:5]).all() and np.isnan(np.concatenate([strict, own])).all()
    assert wide[5] > 0.95
    assert np.isnan(targets.smile_targets([shown("fairface")], np.array([0.5]))).all()


def test_small_pictures_are_enlarged_for_the_finder():
    """A picture of a face and little more gets room; a larger one is left as it is."""
    tight = np.full((48, 48, 3), 90, np.uint8)
    assert wide_crops.roomy(tight).shape == (192, 192, 3)
    assert (
        wide_crops.roomy(photo()) is not None and wide_crops.roomy(photo()).shape == photo().shape
    )


def test_labels_are_named_by_what_they_say():
    """The same in another folder; another name for another label, order or picture."""
    one = labels.Picture(Path("here/a.jpg"), "lfw", "a", "train", "1")
    two = one._replace(path=Path("here/b.jpg"), person="b")
    name = targets.labels_digest([one, two])
    assert (
        targets.labels_digest([p._replace(path=Path("there", p.path.name)) for p in (one, two)])
        == name
    )
    others = [[one, two._replace(smile="0")], [two, one], [one], [one, two._replace(strict="0")]]
    others.append([one, two._replace(path=Path("here/c.jpg"))])
    assert len({name, *map(targets.labels_digest, others)}) == 6


def test_one_source_alone_is_taught_alone():
    """It is taught as the wide definition; nothing is known of the others."""
    shown = [labels.Picture(Path("a"), "lfw", name, "train") for name in "ab"]
    faces = wide_crops.Faces(np.zeros((2, 4, 4), np.uint8), np.arange(2), np.zeros((2, 4)))
    taught = targets.from_one_source(shown, faces, lambda p: 0.75 if p.person == "a" else None)
    assert taught.smile[0, 0] == 0.75
    assert np.isfinite(taught.smile).sum() == 1
    assert not np.isfinite(taught.movement).any() and not np.isfinite(taught.points).any()


@pytest.mark.parametrize(
    ("boxes", "confidence", "chosen"),
    [
        ([], [], None),
        ([[10, 10, 40, 40], [60, 60, 140, 140]], [0.9, 0.5], 1),
        ([[0, 0, 60, 60], [70, 70, 130, 130]], [0.9, 0.5], 1),
        ([[70, 70, 130, 130], [72, 70, 132, 130]], [0.1, 0.9], 1),
    ],
)
def test_main_face_is_large_central_and_sure(boxes, confidence, chosen):
    """No face is None; size first, then place, then confidence."""
    boxes = np.array(boxes, float).reshape(-1, 4)
    best = wide_crops.main_face(boxes, np.array(confidence), (200, 200, 3))
    assert best is None if chosen is None else np.array_equal(best, boxes[chosen])


def test_faces_are_cut_once_and_read_from_the_cache(tmp_path):
    """The second call asks no finder; a picture without a face is left out."""
    listed = []
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), photo())
        listed.append(labels.Picture(tmp_path / f"{name}.png", "genki4k", name, "train", "1"))
    answers = [(np.array([[90.0, 80, 210, 200]]), np.ones(1)), (np.zeros((0, 4)), np.zeros(0))]
    first = wide_crops.load_faces(listed, tmp_path / "cache", lambda image: answers.pop(0))
    assert first.picture_index.tolist() == [0]
    again = wide_crops.load_faces(listed, tmp_path / "cache", None)
    assert np.array_equal(first.wide, again.wide) and again.picture_index.tolist() == [0]


@pytest.mark.slow
def test_batches_repeat_with_the_seed():
    """An epoch is the same for the same seed, and leaves out the odd rest."""
    rng = np.random.default_rng(2)
    count = 2 * loop.BATCH + 3
    wide = rng.integers(0, 256, (count, wide_crops.WIDE_PX, wide_crops.WIDE_PX), dtype=np.uint8)
    taught = targets.Targets(
        wide,
        rng.random((count, len(targets.DEFINITIONS))),
        np.ones(count),
        rng.random((count, 4)),
        np.full((count, len(targets.POINTS), 2), 54.0),
    )
    epochs = [list(loop.batches(taught, seed)) for seed in ([1, 0], [1, 0], [1, 1])]
    assert [len(epoch) for epoch in epochs] == [2, 2, 2]
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(epochs[0], epochs[1], strict=True))
    assert not np.array_equal(epochs[0][0][0], epochs[2][0][0])


def test_learning_rate_warms_up_and_falls_to_nothing():
    """Up to the peak, then down to 0 at the last step."""
    rates = [loop.learning_rate(step, 1000, 0.1) for step in range(1001)]
    assert np.argmax(rates) in (199, 200)
    assert rates[0] < 0.001 and rates[-1] < 1e-9


def test_calibration_finds_the_scale_and_shift_that_made_the_truth():
    """Logits twice too large and shifted come back to honest probabilities."""
    rng = np.random.default_rng(3)
    lean = rng.normal(0, 2, 20000)
    truth = rng.random(20000) < 1 / (1 + np.exp(-(lean + 0.5)))
    logits = np.stack([-lean, lean], 1)  # a difference of twice the lean
    temperature, bias = export.calibrate(logits, truth, np.ones(20000))
    assert abs(temperature - 2) < 0.1 and abs(bias - 0.5) < 0.05
    honest = smilenet.probabilities(logits, {"temperature": temperature, "bias": bias})
    assert metrics.ece(honest, truth) < 0.015


def test_calibration_refuses_a_network_that_has_learnt_the_wrong_way_round():
    """Larger must mean a smile."""
    lean = np.linspace(-1, 1, 50)
    with pytest.raises(ValueError, match="calibration"):
        export.calibrate(np.stack([lean, -lean], 1), lean > 0.3, np.ones(50))


def test_export_cut_short_leaves_the_old_scorer(tmp_path, monkeypatch):
    """An error halfway, then what a kill left: all files are the old ones, then all the new."""

    def broken(data, work, folder):
        (folder / "smilenet.json").write_text("new")
        raise ValueError("no weights")

    def whole(data, work, folder):
        for name in ("smilenet.json", "smilenet.onnx"):
            (folder / name).write_text("new")
        return 1.0, 0.0

    (tmp_path / "smilenet.json").write_text("old")
    monkeypatch.setattr(export, "_export", broken)
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ValueError, match="no weights"):
            export.export("", "", folder)
    assert [file.name for file in tmp_path.iterdir()] == ["smilenet.json"]
    assert (tmp_path / "smilenet.json").read_text() == "old"
    (tmp_path / "export.partial").mkdir()
    (tmp_path / "export.partial" / "smilenet-symbol.json").write_text("half")
    monkeypatch.setattr(export, "_export", whole)
    export.export("", "", tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["smilenet.json", "smilenet.onnx"]
    assert (tmp_path / "smilenet.json").read_text() == "new"


def test_export_into_what_is_no_folder_is_refused(tmp_path, capsys):
    """Exit code 1, and the message names the place and the cure."""
    place = tmp_path / "file"
    place.write_text("mine")
    assert export.main(["--out", str(place)]) == 1
    said = capsys.readouterr().err
    assert f"--out {place}: cannot write there" in said and "name another folder" in said
    assert place.read_text() == "mine"
