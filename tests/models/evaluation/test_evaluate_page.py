"""The page, the JSON, the plot and the card say what was measured, and no more."""

import json
import math
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import error_model, label_sources, model_card
from laughtrack.models.evaluation.faces import FACE_PX, ScoredPictures
from laughtrack.models.evaluation.files import FIGURES, PAGE, PLOT, to_json, write
from laughtrack.models.evaluation.page import figure, number, page, summary_lines, table
from laughtrack.models.evaluation.tables import tables

MEASURED = {
    "part": "new",
    "chosen_by": "a fair draw",
    "ready_crops": False,
    "finder": "net",
    "pictures": 4000,
    "left_out": 12345,
    "left_out_as": "other people",
    "without_label": 7,
    "unreadable": 1,
    "judged_from": 0.15,
    "draws": 1000,
    "seconds": 5,
    "weights": "0123456789ab",
    "opencv": "4.14.0",
}
ONSET = {"person": "ann", "gap_s": [1.0, 2.0], "rise_s": None, "off_s": None, "near": False}
CLIP = {"frames": 9, "found": 8, "abstained": 0, "auc": 0.5, "right": 0.25}
VIDEO = {"clips": {"a.avi": {**CLIP, "onsets": [ONSET]}}, "auc": [0.5, None, None]}
VIDEO |= {"right": [0.25, 0.1, 0.4], "unreadable": []}


@pytest.fixture
def figures():
    """Return figures of 120 made-up faces of two sets, and a clip."""
    rng = np.random.default_rng(1)
    pictures, scores = [], []
    for n in range(120):
        smile = n % 2
        hands = {"strict": "01"[n % 4 == 1], "emotion": ["neutral", "happiness"][smile]}
        known = {"pose": (0.1, 0.0, 0.0)} if n < 60 else hands
        name = "genki4k" if n < 60 else "lfw"
        known |= {"sex": ["female", "male"][n % 3 == 0]} if n < 60 else {}
        pictures.append(Picture(Path("x"), name, f"p{n}", "test", str(smile), **known))
        scores.append(np.clip(0.2 + 0.6 * smile + rng.normal(0, 0.3), 0, 1))
    column = np.array(scores)[:, None] * np.ones(1 + len(FACE_PX))
    column[5] = math.nan
    scored = ScoredPictures(pictures, column, np.ones_like(column), [])
    found = {**tables(scored), "errors": error_model.error_model(scored)}
    return {"measured": MEASURED, **found, "video": VIDEO, "unreadable": ["x.jpg: missing"]}


@pytest.mark.slow
def test_page_has_every_table(figures):
    """Titles in order, the choice in words, each set by its name."""
    text = page(figures)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        "Sets",
        "Calibration",
        "Face width",
        "Head turn",
        "Groups of people",
        "Labels",
        "Degree of smile",
        "Video",
        "Could not be read",
    ]
    assert "measured: a fair draw" in text and "Left out: 12,345 (other people)" in text
    found = figures["sets"]["genki4k"]
    cells = [
        "GENKI-4K",
        "60",
        "59",
        figure(found["found"], True),
        figure(found["right_of_all"], True),
        f"{found['false']} : {found['missed']}",
    ]
    assert f"| {' | '.join(cells)} |" in text
    assert figure(figures["sizes"]["lfw"]["24 px"]["auc"]) in text
    assert "| GENKI-4K | yaw 0° to 10° | 59 |" in text
    assert "- x.jpg: missing" in text
    assert "| a.avi | 9 | 8 | 0.500 | 25.0 | 1.00 to 2.00 | never | never |" in text
    assert "0 of 1 onsets near" in text


@pytest.mark.slow
def test_tables_are_even(figures):
    """Each line of a table has as many cells as its head."""
    for part in page(figures).split("\n\n"):
        if part.startswith("| "):
            assert len({line.count("|") for line in part.splitlines()}) == 1


@pytest.mark.slow
def test_page_has_no_table_of_what_was_not_measured(figures):
    """No poses, no degrees, no clips, nothing unreadable: no such title."""
    bare = {"turns": {}, "labels": {}, "degrees": {}, "video": None, "unreadable": []}
    bare |= {"fairness": {}}
    text = page(figures | bare | {"worst": None})
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert titles == ["Sets", "Calibration", "Face width"]
    assert "No bin of size or turn has 50 faces" in text


@pytest.mark.slow
def test_summary_is_a_line_a_set(figures):
    """Then the worst bin, then the clips."""
    lines = summary_lines(figures)
    assert [line.split(":")[0] for line in lines[:3]] == ["GENKI-4K", "LFW", "all sets"]
    assert lines[3].startswith("Lowest accuracy of the judged among ")
    assert "more than 3 points below their set's in balanced accuracy" in lines[4]
    assert lines[5].startswith("Video: area under ROC 0.500")
    assert lines[6] == "4,000 pictures in 5 s"
    assert len(summary_lines(figures | {"video": None})) == 6


@pytest.mark.slow
def test_json_reads_back(figures):
    """The same figures; a figure's three numbers on one line."""
    text = to_json(figures)
    assert json.loads(text) == figures
    assert '"right": [0.25, 0.1, 0.4]' in text


@pytest.mark.slow
def test_files_are_written_and_replaced(figures, tmp_path):
    """Page, JSON, and a plot that is a picture with colours in it."""
    for _ in range(2):
        assert write(tmp_path / "out", figures)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [FIGURES, PAGE, PLOT]
    assert f"({PLOT})" in (tmp_path / "out" / PAGE).read_text()
    plot = cv2.imread(str(tmp_path / "out" / PLOT))
    assert plot.shape[0] > 400 and len(np.unique(plot.reshape(-1, 3), axis=0)) > 10


@pytest.mark.slow
def test_without_matplotlib_there_is_no_plot(figures, tmp_path, monkeypatch):
    """An old plot goes, the page doesn't name one."""
    (tmp_path / PLOT).write_bytes(b"old")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not write(tmp_path, figures)
    assert sorted(p.name for p in tmp_path.iterdir()) == [FIGURES, PAGE]
    assert PLOT not in (tmp_path / PAGE).read_text()


@pytest.mark.slow
def test_nothing_with_a_smile_label_is_still_a_page(tmp_path):
    """Only Rekognition's label, and no face found."""
    lone = Picture(Path("x"), "a", "p", "test", rekognition=("1", *[""] * 7))
    column = np.full((1, 1 + len(FACE_PX)), math.nan)
    found = tables(ScoredPictures([lone], column, column, []))
    assert write(tmp_path, {"measured": MEASURED, **found, "video": None, "unreadable": []})


@pytest.mark.slow
def test_card_is_made_from_the_figures(figures, tmp_path):
    """Its tables are the page's; it names no file of whoever measured."""
    settings = {"trained": {"epochs": 3, "seed": 1}}
    figures["video"] = {**VIDEO, "unreadable": ["x.jpg: there are no pictures for 0.1 s"]}
    (tmp_path / "smilenet.json").write_text(json.dumps(settings))
    model_card.write(tmp_path, figures)
    text = (tmp_path / "README.md").read_text()
    assert "--epochs 3 --seed 1" in text
    lines = page(figures).splitlines()
    shown = [line for line in lines if line.startswith("| ")]
    assert len(shown) > 30 and all(line in text for line in shown)
    assert "x.jpg" not in text + (tmp_path / "figures.json").read_text()
    assert "What each source" not in text
    assert json.loads((tmp_path / "figures.json").read_text())["sets"] == figures["sets"]
    errors = json.loads((tmp_path / "error_model.json").read_text())
    named = {"weights": MEASURED["weights"], "scored_as": ""}
    assert errors == {**named, **figures["errors"], "weak_groups": figures["worse_groups"]}


@pytest.mark.slow
def test_card_says_what_each_source_of_labels_adds(figures, tmp_path):
    """From the file beside the weights."""
    kinds = ("genki4k", "lfw", "strict", "list_rekognition", "list_hand")
    one = {kind: {"faces": 9, "right": 0.9, "auc": 0.95} for kind in kinds}
    measured = {name: {"faces": 1234, **one} for name in label_sources.SOURCES}
    (tmp_path / label_sources.FILE).write_text(json.dumps({"epochs": 7, **measured}))
    (tmp_path / "smilenet.json").write_text('{"trained": {"epochs": 3, "seed": 1}}')
    model_card.write(tmp_path, figures)
    text = (tmp_path / "README.md").read_text()
    assert "| GENKI-4K | 1,234 | 90.0 % (0.950) | 90.0 % (0.950) | 90.0 % (0.950) |" in text
    assert "| hand labels | 1,234 | 90.0 % (0.950) | 90.0 % (0.950) |" in text
    assert "7 plain epochs" in text


@pytest.mark.parametrize(
    "value, percent, text",
    [
        (1234, False, "1,234"),
        ([0.5, 0.25, 0.75], False, "0.500 (0.250 to 0.750)"),
        ([0.5, 0.25, 0.75], True, "50.0 (25.0 to 75.0)"),
        ([0.5, None, None], True, "50.0"),
        ([None, None, None], True, "-"),
    ],
)
def test_figures_as_text(value, percent, text):
    """A count, a figure, and what is missing."""
    assert figure(value, percent) == text


def test_table_as_text():
    """Head, line, rows."""
    assert table(["a", "b"], [["1", number(None, 2)]]) == "| a | b |\n| --- | --- |\n| 1 | - |\n"
