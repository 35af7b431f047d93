"""What is said of a session is the same, whoever asks first."""

import subprocess
import sys

CODE = "import sys; {}; from edge.facts import versions; print(sorted(versions().items()))"


def test_versions_do_not_depend_on_what_was_imported():
    """A fresh process and one that has its scorer already name the same packages."""
    said = {
        subprocess.run(
            [sys.executable, "-c", CODE.format(first)], capture_output=True, check=True
        ).stdout
        for first in ("pass", "import openvino, scipy.optimize, cv2")
    }
    assert len(said) == 1 and b"openvino" in said.pop()
