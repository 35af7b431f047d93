"""Labels by agreement of a set's own label, landmarks and edges."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.models.data import agreement
from laughtrack.models.data.labels import Picture, person_key
from laughtrack.models.training import agreement as asking

NAN = math.nan


@pytest.mark.parametrize(
    ("source", "published", "landmarks", "edges", "label"),
    [
        ("mtfl", "1", 0.9, 0.9, "1"),
        ("mtfl", "1", 0.1, 0.9, "1"),
        ("aflw", "1", 0.9, 0.1, "1"),
        ("mtfl", "1", 0.4, 0.4, "-"),
        ("mtfl", "1", NAN, 0.1, "1"),
        ("mtfl", "0", 0.9, 0.9, "0"),
        ("fairface", "", 0.9, 0.9, "1"),
        ("fairface", "", 0.1, 0.1, "0"),
        ("fairface", "", 0.9, 0.1, "-"),
        ("fairface", "", 0.9, 0.7, "-"),
        ("fairface", "", 0.3, 0.1, "-"),
        ("fairface", "", NAN, 0.9, "-"),
        ("fairface", "", 0.1, NAN, "-"),
    ],
)
def test_what_becomes_a_label(source, published, landmarks, edges, label):
    """MTFL's no stays, its yes unless both say no; FairFace wants both, and clear."""
    assert agreement.agreed_label(source, published, landmarks, edges) == label


def people():
    """Return three pictures of MTFL, all said to smile."""
    return [Picture(Path(n), "mtfl", n, "train", "1") for n in ("a", "b", "c")]


def test_agreed_labels_are_given_and_the_own_one_kept(tmp_path):
    """By key; a picture that nobody was asked about keeps its label."""
    a, b, _ = people()
    file = tmp_path / "agreement.txt"
    file.write_text(f"{person_key(a)} 1\n{person_key(b)} -\n")
    found = agreement.apply(people(), agreement.read(file))
    assert [(p.smile, p.published) for p in found] == [("1", "1"), ("", "1"), ("1", "1")]
    (line,) = agreement.note(found)
    assert line.startswith("1 smiles that neither")
    assert agreement.note(found[:1]) == ()
    assert agreement.read(tmp_path / "gone.txt") == {}


@pytest.mark.parametrize("line", ["abc 1", "0123456789ab", "0123456789ab 2", "0123456789ab 1 1"])
def test_a_wrong_line_is_named(tmp_path, line):
    """With the file."""
    file = tmp_path / "agreement.txt"
    file.write_text(f"{'0' * 12} 1\n{line}\n")
    with pytest.raises(ValueError, match=r"agreement\.txt, line 2: .*expected a key"):
        agreement.read(file)


def pictures_of(folder, count):
    """Write pictures of four grey levels each; return their list."""
    listed = []
    for n in range(count):
        path = folder / f"{n}.png"
        cv2.imwrite(str(path), np.full((32, 32), n, np.uint8))
        listed.append(Picture(path, "mtfl", path.name, "train", "1"))
    return listed


def test_what_was_said_is_kept(tmp_path):
    """After a stop only the rest is asked about; a line cut short is asked again."""
    cache, asked, listed = tmp_path / "work" / "said.jsonl", [], pictures_of(tmp_path, 3)
    boxes = np.zeros((3, 4))

    def opinion(image, box):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(int(image[0, 0, 0]))
        return NAN if asked[-1] == 0 else 0.25

    with pytest.raises(KeyboardInterrupt):
        asking.ask(listed, boxes, cache, opinion)
    cache.write_text(cache.read_text()[:-8])
    asked.clear()
    said = asking.ask(listed, boxes, cache, opinion)
    assert asked == [1, 2]
    assert math.isnan(said[0]) and list(said[1:]) == [0.25, 0.25]
    assert len(asking.ask(listed, boxes, cache, opinion)) == 3 and len(asked) == 2


def test_both_are_fitted_to_the_hand_labels():
    """Blendshapes and edges that show a smile become near one, of pictures without a label too."""
    rng = np.random.default_rng(1)
    pictures, smiles, wide = [], [], []
    for n in range(240):
        smile = n % 2
        source, split = (
            ("lfw", ("train", "train", "val")[n // 2 % 3]) if n < 200 else ("mtfl", "train")
        )
        pictures.append(Picture(Path(str(n)), source, str(n), split, str(smile)))
        smiles.append(NAN if n == 239 else np.clip(0.7 * smile + rng.normal(0.1, 0.05), 0, 1))
        face = rng.integers(90, 110, (108, 108)).astype(np.uint8)
        face[60:80:4] = 255 * smile  # stripes
        wide.append(face)
    said = asking.opinions(pictures, np.array(smiles), np.stack(wide))
    others = np.arange(200, 240)
    for given in said:
        sure = np.isfinite(given[others])
        assert (((given[others] > 0.8) == (others % 2 == 1)) | ~sure).all()
    assert np.isnan(said.landmarks[239]) and not np.isnan(said.edges).any()
    with pytest.raises(ValueError, match="of both kinds, to learn from"):
        asking.opinions(pictures[200:], np.array(smiles[200:]), np.stack(wide[200:]))


def test_without_the_sets_there_is_nothing_to_ask(tmp_path):
    """Nothing is written."""
    (tmp_path / "genki4k").mkdir()
    (tmp_path / "genki4k" / "labels.csv").write_text("file,smile\na.png,1\n")
    with pytest.raises(ValueError, match="neither mtfl nor fairface"):
        asking.run(tmp_path, tmp_path / "work", tmp_path / "o", None)
    assert not (tmp_path / "o").exists()


def test_a_landmarker_that_is_not_there_is_named(tmp_path, capsys):
    """Or MediaPipe is, where the training environment isn't used."""
    assert asking.main([str(tmp_path / "gone.task")]) == 1
    said = capsys.readouterr().err
    assert "gone.task" in said or "MediaPipe does not open here" in said
