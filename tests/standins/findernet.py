"""A stand-in for FinderNet's weights, of the same contract: bright squares are its faces.

`python -m tests.standins.findernet` (needs onnx) writes `tests/data/findernet`. A square of 24 px,
bright on dark, is found where its sides lie at multiples of 8 px, or near it in one direction.
"""

import hashlib
import json
import math
import shutil
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "data" / "findernet"
SIDE_PX = 24
# Where the points of a face lie, of a cell's size from the middle.
POINTS = (-0.5, -0.5, 0.5, -0.5, 0.0, 0.0, -0.4, 0.6, 0.4, 0.6)


def lend(patch, folder):
    """Put the stand-in where the program looks for weights, beside all that is there."""
    from laughtrack.edge import inference

    shutil.copytree(inference.ARTIFACTS, folder)
    for path in FOLDER.iterdir():
        shutil.copy(path, folder)
    patch.setattr(inference, "ARTIFACTS", folder)


def room(squares, size=(480, 270), grey=60):
    """Draw a room: bright squares at x y of their left upper corner."""
    picture = np.full((size[1], size[0]), grey, np.uint8)
    for x, y in squares:
        picture[y : y + SIDE_PX, x : x + SIDE_PX] = 255
    return picture


def write(folder):
    """Write the two files; needs onnx."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, outputs, constants = [], [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.array(values, np.float32), name))
        return name

    log_side = math.log(SIDE_PX / 8)
    bias = constant("bias", [0, 0, log_side, log_side, *POINTS])
    none = constant("none", np.zeros((14, 1, 1, 1)))
    slope, middle, zero = constant("slope", 0.05), constant("middle", 150), constant("zero", 0)
    for stride in (4, 8, 16, 32):
        kernel = SIDE_PX if stride == 8 else stride
        pad = (kernel - stride) // 2
        options = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4}
        light, rest, confidence = f"light{stride}", f"rest{stride}", f"confidence{stride}"
        nodes.append(
            helper.make_node("AveragePool", ["picture"], [light], count_include_pad=1, **options)
        )
        nodes.append(helper.make_node("Conv", [light, none, bias], [rest], kernel_shape=[1, 1]))
        if stride == 8:
            nodes.append(helper.make_node("Sub", [light, middle], ["above"]))
            nodes.append(helper.make_node("Mul", ["above", slope], ["lean"]))
            nodes.append(helper.make_node("Sigmoid", ["lean"], [confidence]))
        else:
            nodes.append(helper.make_node("Mul", [light, zero], [confidence]))
        name = f"stride{stride}"
        nodes.append(helper.make_node("Concat", [confidence, rest], [name], axis=1))
        shape = [1, 15, f"rows{stride}", f"columns{stride}"]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 1, "H", "W"])
    graph = helper.make_graph(nodes, "standin", [picture], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "findernet.onnx").write_bytes(data)
    known = {
        "version": 1,
        "sha256": hashlib.sha256(data).hexdigest(),
        "threshold": 0.5,
        "smallest_px": 10,
        "calibration": {"slope": 1.0, "intercept": 0.0},
    }
    (folder / "findernet.json").write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    write(FOLDER)
