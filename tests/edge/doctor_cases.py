"""What the tests of the doctor share: a film, good settings, findings about one thing."""

import cv2
import numpy as np

from laughtrack.edge.settings import load


def film(path, fps=25, frames=50):
    """Make a film of a square that moves."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, (160, 120))
    for n in range(frames):
        picture = np.zeros((120, 160, 3), np.uint8)
        picture[40:80, 2 * n : 2 * n + 40] = 255
        video.write(picture)
    video.release()
    return str(path)


def settings(tmp_path, **flags):
    """Return good settings, but for those given."""
    if "source" not in flags:
        flags["source"] = film(tmp_path / "film.mp4")
    good = {
        "context": "screening",
        "folder": str(tmp_path / "device"),
        "publisher": "file",
        "file": str(tmp_path / "batches.jsonl"),
    }
    return load(None, {**good, **flags}, {})


def about(found, what):
    """Return the findings about one thing."""
    return [finding for finding in found if finding.what == what]
