"""A second opinion of a smile: the blendshapes of MediaPipe's face landmarker.

Its file `face_landmarker.task` (Apache-2.0) is named by whoever runs this, and not shipped. For the
training environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from laughtrack.models.faces import face_mesh

SMILES = ("mouthSmileLeft", "mouthSmileRight")
MIN_CONFIDENCE = 0.2  # there is a face: a finder has seen it
# From a picture (height, width, 3), BGR, and the face's box (4,) to [0, 1], NaN for no face.
SmileOpinion = Callable[[np.ndarray, np.ndarray], float]


@contextmanager
def open_landmarker(task: Path) -> Iterator[SmileOpinion]:
    """Open the landmarker while a `with` block lasts.

    Parameters
    ----------
    task : Path, `face_landmarker.task`

    Yields
    ------
    function
        Mean of the two corners of the mouth, as far as they are drawn into a smile.

    Raises
    ------
    ValueError
        If MediaPipe is not installed, or the file is missing or another.
    """
    try:
        import mediapipe
        from mediapipe.tasks import python as tasks
        from mediapipe.tasks.python import vision
    except ImportError as error:
        raise ValueError(
            f"MediaPipe does not open here ({error}): use the training environment "
            "(laughtrack train-env)"
        ) from error
    if not task.is_file():
        raise ValueError(f"no file {task}: MediaPipe's face_landmarker.task is needed")
    settings: dict[str, Any] = {
        "base_options": tasks.BaseOptions(model_asset_path=str(task)),
        "output_face_blendshapes": True,
        "num_faces": 1,
        "min_face_detection_confidence": MIN_CONFIDENCE,
        "min_face_presence_confidence": MIN_CONFIDENCE,
    }
    try:
        opened = vision.FaceLandmarker.create_from_options(vision.FaceLandmarkerOptions(**settings))
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"{task}: {str(error).splitlines()[0]}") from None
    with opened as net:

        def opinion(image: np.ndarray, box: np.ndarray) -> float:
            seen = cv2.cvtColor(face_mesh.cut_input(image, box), cv2.COLOR_BGR2RGB)
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=seen)
            faces = net.detect(picture).face_blendshapes
            if not faces:
                return float("nan")
            given = {each.category_name: each.score for each in faces[0]}
            return float(np.mean([given[name] for name in SMILES]))

        yield opinion
