"""Figures by set, width, turn, label and degree, of scores made up here."""

import math
from pathlib import Path

import numpy as np
import pytest

from laughtrack.edge.smile.crops import MIN_QUALITY
from laughtrack.models.data.labels import REKOGNITION, Picture
from laughtrack.models.evaluation.faces import FACE_PX, ScoredPictures
from laughtrack.models.evaluation.labels import has_label
from laughtrack.models.evaluation.tables import ALL_SETS, MIN_FACES, tables, worst

NAN = math.nan


def picture(number, source="a", smile="1", **known):
    """Return a picture that is nowhere."""
    return Picture(Path(f"{number}.jpg"), source, f"p{number}", "test", smile, **known)


def scored(pictures, scores, quality=1.0):
    """Return scores, the same at all widths; quality likewise."""
    shape = (1 + len(FACE_PX), len(pictures))
    table = np.broadcast_to(np.array(scores, float), shape).T.copy()
    good = np.broadcast_to(np.array(quality, float), shape).T.copy()
    return ScoredPictures(pictures, table, np.where(np.isnan(table), NAN, good), [])


def test_sets_are_told_apart_and_together():
    """A set of two right, and one of a wrong and a missed face."""
    pictures = [picture(1), picture(2, smile="0"), picture(3, "b"), picture(4, "b")]
    sets = tables(scored(pictures, [0.9, 0.2, 0.4, NAN]))["sets"]
    assert list(sets) == ["a", "b", ALL_SETS]
    counts = {name: (s["pictures"], s["faces"], s["smiles"]) for name, s in sets.items()}
    assert counts == {"a": (2, 2, 1), "b": (2, 1, 1), ALL_SETS: (4, 3, 2)}
    firsts = {
        name: [s[k][0] for k in ("found", "right", "right_of_all")] for name, s in sets.items()
    }
    assert firsts == {"a": [1, 1, 1], "b": [0.5, 0, 0], ALL_SETS: [0.75, 0.6667, 0.5]}


def test_one_set_is_not_said_twice():
    """Nothing is together with nothing else."""
    assert list(tables(scored([picture(1)], [0.9]))["sets"]) == ["a"]


def test_abstained_faces_count_in_all_figures_but_one():
    """What the loop doesn't judge is left out of the judged only."""
    pictures = [picture(n) for n in range(4)]
    quality = [1, MIN_QUALITY, MIN_QUALITY - 0.01, 0]
    row = tables(scored(pictures, [0.9, 0.2, 0.1, 0.8], quality))["sets"]["a"]
    assert row["right"][0] == 0.5 and row["right_judged"][0] == 0.5
    assert row["abstained"][0] == 0.5 and row["judged"] == 2
    none = tables(scored(pictures, [0.9] * 4, 0.0))["sets"]["a"]
    assert none["abstained"][0] == 1 and none["right_judged"] == [None] * 3


def test_widths_have_the_faces_that_are_so_wide():
    """Each column is a width; a width that no face has is no row."""
    faces = scored([picture(1), picture(2)], [0.9, 0.9])
    faces.scores[0, 3] = 0.1
    faces.scores[1, 4:] = NAN
    faces.scores[0, 6] = NAN
    sizes = tables(faces)["sizes"]["a"]
    assert {name: row["faces"] for name, row in sizes.items()} == {
        "16 px": 2,
        "24 px": 2,
        "32 px": 2,
        "48 px": 1,
        "64 px": 1,
    }
    assert [row["right"][0] for row in sizes.values()] == [1, 1, 0.5, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "yaw, pitch, roll, bins",
    [
        (0, 0, 0, ["yaw 0° to 10°", "pitch -5° to 5°", "roll 0° to 5°"]),
        (-12, -7, -12, ["yaw 10° to 20°", "pitch -10° to -5°", "roll 10° to 15°"]),
        (25, 9, 6, ["yaw 20° to 30°", "pitch 5° to 10°", "roll 5° to 10°"]),
        (-40, -30, 20, ["yaw from 30°", "pitch to -10°", "roll from 15°"]),
        (40, 30, 0, ["yaw from 30°", "pitch from 10°", "roll 0° to 5°"]),
    ],
)
def test_head_turn_is_binned_by_degrees(yaw, pitch, roll, bins):
    """Poses are in radians; a row a case."""
    pose = tuple(np.radians([yaw, pitch, roll]))
    turns = tables(scored([picture(1, pose=pose), picture(2)], [0.9, 0.9]))["turns"]
    assert list(turns["a"]) == bins
    assert all(row["faces"] == 1 for row in turns["a"].values())


def test_each_label_is_a_row():
    """Against other labels the same scores have other figures."""
    rekognition = ("0.02", *[""] * (len(REKOGNITION) - 1))
    known = {"rekognition": rekognition, "rekognition_list": "val"}
    pictures = [
        picture(1, strict="1", emotion="happiness", **known),
        picture(2, strict="0", emotion="happiness"),
        picture(3, smile="0", emotion="neutral"),
        picture(4, smile="", strict="0"),
    ]
    found = tables(scored(pictures, [0.9, 0.8, 0.1, 0.7]))
    labels = {name: (row["faces"], row["right"][0]) for name, row in found["labels"]["a"].items()}
    assert labels == {
        "smile": (3, 1.0),
        "smile, both hand labels given": (2, 1.0),
        "strict hand label": (3, 0.3333),
        "happiness alone": (3, 1.0),
        "Rekognition": (1, 0.0),
        "Rekognition, list val": (1, 0.0),
    }
    assert found["sets"]["a"]["pictures"] == 3
    assert [has_label(p) for p in pictures] == [True] * 4
    assert not has_label(picture(5, smile=""))


def graded(scores):
    """Return pictures of two degrees each, with scores."""
    hands = [("0", "neutral"), ("0", "happiness"), ("1", "happiness")]
    pairs = [hands[n // 2] for n in range(6)]
    pictures = [picture(n, strict=strict, emotion=e) for n, (strict, e) in enumerate(pairs)]
    return tables(scored(pictures, scores))["degrees"]


def test_degrees_in_order():
    """None below slight below broad; one slight smile above one broad one."""
    degrees = graded([0.1, 0.3, 0.5, 0.9, 0.8, 1.0])["a"]
    assert degrees["faces"] == {"none": 2, "slight": 2, "broad": 2}
    means = [degrees[f"mean_{name}"][0] for name in ("none", "slight", "broad")]
    assert means == [0.2, 0.7, 0.9] and degrees["in_order"]
    areas = [degrees[f"auc_{pair}"][0] for pair in ("broad_of_rest", "broad_of_slight")]
    assert areas == [7 / 8, 3 / 4] and degrees["auc_slight_of_none"][0] == 1


def test_degrees_out_of_order_are_said():
    """Slight smiles that score above broad ones."""
    assert not graded([0.1, 0.3, 0.9, 0.9, 0.5, 0.5])["a"]["in_order"]


def test_degrees_need_all_three():
    """A face of one degree missing, there is no such table."""
    assert graded([0.1, 0.3, NAN, NAN, 0.5, 0.5]) == {}


def test_calibration_has_ten_bins_of_found_faces():
    """Faces, mean score, share of smiles."""
    pictures = [picture(1), picture(2, smile="0"), picture(3)]
    bins = tables(scored(pictures, [0.95, 0.91, NAN]))["calibration"]["a"]
    assert len(bins) == 10
    assert bins[9] == [2, 0.93, 0.5] and bins[0] == [0, None, None]


def row(right, faces=MIN_FACES, judged=MIN_FACES):
    """Return what `worst` looks at."""
    return {"faces": faces, "judged": judged, "right_judged": [right, None, None]}


@pytest.mark.parametrize(
    "sizes, turns, found",
    [
        ({"a": {"x": row(0.9), "y": row(0.8)}}, {}, ("a", "y", 2)),
        ({"a": {"x": row(0.9)}}, {"b": {"z": row(0.7)}}, ("b", "z", 2)),
        # Too few faces, and none judged.
        ({"a": {"x": row(0.9), "y": row(0.1, faces=MIN_FACES - 1)}}, {}, ("a", "x", 1)),
        ({"a": {"x": row(0.9), "y": row(None, judged=0)}}, {}, ("a", "x", 1)),
    ],
)
def test_worst_bin_has_enough_faces(sizes, turns, found):
    """The least right of those that may be compared."""
    least = worst(sizes, turns)
    assert (least["set"], least["bin"], least["bins"]) == found


def test_no_bin_has_enough():
    """None, and not the best of nothing."""
    assert worst({"a": {"x": row(0.5, faces=3)}}, {}) is None
