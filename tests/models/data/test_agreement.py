"""Labels by agreement of a set's own label, landmarks and a net."""

import math
from pathlib import Path

import pytest

from laughtrack.models.data import agreement
from laughtrack.models.data.labels import Picture, person_key
from laughtrack.models.training import agreement as asking

NAN = math.nan


@pytest.mark.parametrize(
    ("source", "published", "landmarks", "net", "label"),
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
def test_what_becomes_a_label(source, published, landmarks, net, label):
    """MTFL's no stays, its yes unless both say no; FairFace wants both, and clear."""
    assert agreement.agreed_label(source, published, landmarks, net) == label


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


def test_what_was_said_is_kept(tmp_path):
    """After a stop only the rest is asked about; a line cut short is asked again."""
    cache, asked = tmp_path / "work" / "said.jsonl", []

    def opinion(picture):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(picture.person)
        return asking.Opinion(NAN, 0.25)

    with pytest.raises(KeyboardInterrupt):
        asking.ask(people(), cache, opinion)
    cache.write_text(cache.read_text()[:-8])
    asked.clear()
    said = asking.ask(people(), cache, opinion)
    assert asked == ["b", "c"]
    assert [each.net for each in said] == [0.25] * 3 and math.isnan(said[0].landmarks)
    assert len(asking.ask(people(), cache, opinion)) == 3 and len(asked) == 2


def test_without_the_sets_there_is_nothing_to_ask(tmp_path):
    """And a landmarker that isn't there is named."""
    (tmp_path / "genki4k").mkdir()
    (tmp_path / "genki4k" / "labels.csv").write_text("file,smile\na.png,1\n")
    with pytest.raises(ValueError, match="neither mtfl nor fairface"):
        asking.run(tmp_path, tmp_path / "c", tmp_path / "o", None)
    assert not (tmp_path / "o").exists()
