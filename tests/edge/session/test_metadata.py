"""What is said of a session is the same, whoever asks first."""

import json
import re
import subprocess
import sys

import pytest

from laughtrack.edge.session import metadata

OPENVINO = "from laughtrack.edge import inference; inference.import_openvino()"
CODE = (
    "import sys; {}; from laughtrack.edge.session.metadata import versions;"
    " print(sorted(versions().items()))"
)


@pytest.mark.slow
def test_versions_do_not_depend_on_what_was_imported():
    """A fresh process and one that has its scorer already name the same packages."""
    said = {
        subprocess.run(
            [sys.executable, "-c", CODE.format(first)], capture_output=True, check=True
        ).stdout
        for first in ("pass", f"{OPENVINO}; import scipy.optimize, cv2")
    }
    assert len(said) == 1 and b"openvino" in said.pop()


def test_shipped_card_is_told_with_intervals():
    """Both sets, four figures each, as the report shows them."""
    card = metadata._model_card()
    assert len(card) == 1 + 3 * 4
    right = card["GENKI-4K, unseen pictures: found faces judged right"]
    assert re.fullmatch(r"\d+\.\d% \(\d+\.\d% to \d+\.\d%\)", right)


def test_card_of_own_pictures_leaves_out_what_is_not_known(tmp_path):
    """Another set by its own name; a figure that could not be had is not told."""
    known = {"pictures": 3, "faces": 2, "right": [0.5, 0.25, 0.75], "auc": [None] * 3, "ece": None}
    (tmp_path / "figures.json").write_text(json.dumps({"sets": {"mine": known}}))
    card = metadata._model_card(tmp_path)
    assert card["mine: faces found"] == "2 of 3"
    assert card["mine: found faces judged right"] == "50.0% (25.0% to 75.0%)"
    assert len(card) == 3
