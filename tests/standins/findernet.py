"""A stand-in for FinderNet's weights, of the same contract: bright squares are its faces.

`python -m tests.standins.findernet` (needs onnx) writes `tests/data/findernet`. A square of 24 px,
bright on dark, is found where its sides lie at multiples of 8 px, or near it in one direction. The
second look is sure of what is bright where the box is and dark about it.
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


def second_look():
    """Return the second look's graph: how much brighter the middle is than the rest."""
    from onnx import TensorProto, helper, numpy_helper

    middle = np.full((1, 1, 40, 40), -1 / (40 * 40 - 24 * 24), np.float32)
    middle[:, :, 8:32, 8:32] = 1 / (24 * 24)
    nodes = [
        helper.make_node("Conv", ["picture", "middle"], ["sum"], kernel_shape=[40, 40]),
        helper.make_node("Reshape", ["sum", "flat"], ["log_odds"]),
    ]
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [8, 1, 40, 40])
    log_odds = helper.make_tensor_value_info("log_odds", TensorProto.FLOAT, [8, 1])
    constants = [
        numpy_helper.from_array(middle, "middle"),
        numpy_helper.from_array(np.array([8, 1], np.int64), "flat"),
    ]
    return helper.make_graph(nodes, "second", [picture], [log_odds], constants)


def checked(graph):
    """Return a graph's model as bytes."""
    import onnx
    from onnx import helper

    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write(folder):
    """Write the three files; needs onnx."""
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
    data = checked(graph)
    second = checked(second_look())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "findernet.onnx").write_bytes(data)
    (folder / "findernet_second.onnx").write_bytes(second)
    known = {
        "version": 1,
        "sha256": hashlib.sha256(data).hexdigest(),
        "threshold": 0.5,
        "smallest_px": 10,
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "second": {
            "sha256": hashlib.sha256(second).hexdigest(),
            "first": 1.0,
            "second": 8.0,
            "intercept": -16.0,
            "least": 0.5,
        },
    }
    (folder / "findernet.json").write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    write(FOLDER)
