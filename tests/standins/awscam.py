"""In place of the DeepLens's own `awscam`: the same calls and the same habits, on any machine.

The environment says what it shows and how it fails:

LAUGHTRACK_STANDIN_FILM     the film that the camera sees, over and over, at the film's own pace
LAUGHTRACK_STANDIN_MISS     every so manieth call of getLastFrame has no picture ("0": all have)
LAUGHTRACK_STANDIN_STRICT   "1": refuses to be imported after cv2, as the real one does
LAUGHTRACK_STANDIN_GPU      "none": a model cannot be loaded to the GPU
LAUGHTRACK_STANDIN_FAULT    what is wrong with a model's answers: swapped, transposed, two, raises
LAUGHTRACK_STANDIN_ONNX     the network; the shipped one by default

It needs numpy and OpenCV alone, and Python 3.7.
"""

import os
import sys
import time

if os.environ.get("LAUGHTRACK_STANDIN_STRICT") == "1" and "cv2" in sys.modules:
    raise ImportError(
        "/opt/awscam/intel/deeplearning_deploymenttoolkit/deployment_tools/inference_engine/lib/"
        "ubuntu_16.04/intel64/libinference_engine.so: undefined symbol: "
        "_ZN3tbb10interface78internal15task_arena_base19internal_initializeEv"
    )

_HERE = os.path.dirname(os.path.abspath(__file__))
_SHIPPED = os.path.join(_HERE, "..", "..", "models", "artifacts", "smilenet.onnx")


class Runtime:
    """What runs a model."""

    DLDT = 0
    NEO = 1


class _Camera:
    """The newest picture of a film that plays by the clock, and begins again at its end."""

    def __init__(self, path):
        self._path, self._calls = path, 0
        self._film = self._image = None

    def last(self):
        self._calls += 1
        every = int(os.environ.get("LAUGHTRACK_STANDIN_MISS", "0"))
        if every and self._calls % every == 0:
            return False, None
        if self._film is None:
            self._start()
        due = int((time.monotonic() - self._began_s) * self._rate_hz)
        fresh = self._shown < due
        while self._shown < due:
            if not self._film.grab():
                self._start()
                self._film.grab()
                due, fresh = 0, True
            self._shown += 1
        if fresh:
            ok, self._image = self._film.retrieve()
            if not ok:
                return False, None
        # Nobody who keeps a picture sees it change.
        return True, self._image.copy()

    def _start(self):
        import cv2

        self._film = cv2.VideoCapture(self._path)
        if not self._film.isOpened():
            raise Exception("getLastFrame: no camera (LAUGHTRACK_STANDIN_FILM)")
        self._rate_hz = self._film.get(cv2.CAP_PROP_FPS)
        self._began_s, self._shown = time.monotonic(), -1


_cameras = {}


def getLastFrame():
    """Return (whether there is one, the newest picture: H x W x 3, uint8, BGR)."""
    path = os.environ.get("LAUGHTRACK_STANDIN_FILM", "")
    return _cameras.setdefault(path, _Camera(path)).last()


class Model:
    """A network as `mo.optimize` left it: an .xml file and the .bin beside it."""

    def __init__(self, model_path, loading_config, runtime=Runtime.DLDT):
        for path in (model_path, os.path.splitext(model_path)[0] + ".bin"):
            if not os.path.isfile(path):
                raise Exception("Failed to load model: cannot open file " + path)
        with open(model_path) as file:
            if not file.read().startswith('<?xml version="1.0" ?>\n<net name='):
                raise Exception("Failed to load model: error parsing " + model_path)
        if loading_config["GPU"] and os.environ.get("LAUGHTRACK_STANDIN_GPU") == "none":
            raise Exception("Failed to load model: Cannot find plugin for device GPU")
        import cv2

        path = os.environ.get("LAUGHTRACK_STANDIN_ONNX", _SHIPPED)
        self._net = cv2.dnn.readNetFromONNX(path)

    def doInference(self, image):
        """Return {name of the output layer: 1-D float32}, for one picture, H x W x C."""
        import numpy as np

        fault = os.environ.get("LAUGHTRACK_STANDIN_FAULT", "")
        if fault == "raises" or not isinstance(image, np.ndarray):
            raise Exception("doInference failed")
        if image.ndim != 3 or image.shape[:2] != (64, 64) or image.shape[2] != 1:
            raise Exception(f"doInference: input size {image.shape} is not the model's")
        picture = image.transpose(2, 1, 0) if fault == "transposed" else image.transpose(2, 0, 1)
        self._net.setInput(np.ascontiguousarray(picture[None], np.float32))
        # As the GPU computes: in half precision.
        logits = self._net.forward()[0].astype(np.float16).astype(np.float32)
        if fault == "swapped":
            logits = logits[::-1].copy()
        outputs = {"smilenet_dense0/Fused_Add_": logits}
        if fault == "two":
            outputs["smilenet_pool3"] = np.zeros(112, np.float32)
        return outputs

    def parseResult(self, model_type, raw):
        """Return labels and probabilities by rank; without softmax on logits, they mean nothing."""
        ((_, values),) = raw.items()
        order = sorted(range(len(values)), key=lambda label: -values[label])
        return {model_type: [{"label": n, "prob": float(values[n])} for n in order]}
