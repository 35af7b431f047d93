"""How fast SmileNet is in each engine: `python -m tests.bench.scorers`.

All get the same prepared crops and give logits, on one core and one thread, in turns within one
run, so that a busy machine slows all alike. OpenVINO is the loop's own function. MXNet answers from
the training environment; it is left out where that isn't.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager

import cv2
import numpy as np

from laughtrack.cli.training_env import training_python
from laughtrack.edge.inference import import_openvino
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.edge.smile.precision import INT8_FILES
from laughtrack.edge.smile.smilenet import (
    ARTIFACTS,
    SIZE,
    _openvino,
    crop_faces,
    prepare,
)
from laughtrack.models.training import smilenet

ONNX, INT8 = ARTIFACTS / "smilenet.onnx", ARTIFACTS / INT8_FILES[0]
MXNET_FILES = [ARTIFACTS / name for name in ("smilenet-symbol.json", "smilenet-0000.params")]
FACES = (1, 8, 24)  # a call
WARM_UP = 5  # calls that aren't counted: engines plan each new shape

# Times a call on so many crops for each line that it reads.
MXNET = """
import sys, time, warnings, numpy as np, mxnet as mx
warnings.simplefilter("ignore")
symbol, weights, crops = sys.argv[1:]
net = mx.gluon.SymbolBlock.imports(symbol, ["data"], weights)
net.hybridize(static_alloc=True, static_shape=True)
crops = np.load(crops)
print("MXNet", mx.__version__, flush=True)
for line in sys.stdin:
    given = crops[:int(line)]
    began = time.perf_counter()
    net(mx.nd.array(given)).asnumpy()
    print(time.perf_counter() - began, flush=True)
"""


def main():
    """Time all engines in turns and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=50, help="of turns (50)")
    chosen = options.parse_args()
    if hasattr(os, "sched_setaffinity"):  # before OpenVINO counts the cores
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    crops = prepared(max(FACES))
    with ExitStack() as stack:
        engines = {}
        for opened in (openvino_int8, openvino, onnxruntime, opencv, mxnet):
            try:
                name, engine = stack.enter_context(opened(crops))
                engines[name] = engine
            except (ImportError, ValueError) as error:
                print(f"left out: {error}")
        took_s = in_turns(engines, FACES, chosen.rounds)
    sizes = [sum(path.stat().st_size for path in paths) for paths in ([ONNX], MXNET_FILES)]
    print(f"{SIZE} x {SIZE} px, {smilenet.multiply_adds() / 1e6:.1f} million", end=" ")
    print(f"multiply-adds a face; {sizes[0]:,} bytes as ONNX, {sizes[1]:,} as MXNet's two files")
    print(f"one thread, prepared crops to logits, median of {chosen.rounds} calls in turns\n")
    print("\n".join(table(took_s, FACES)))


def prepared(count):
    """Crops of so many people who don't exist, as the network takes them."""
    people = draw_people([48] * count, seed=5)
    pictures = [with_smile(person, i / count) for i, person in enumerate(people)]
    boxes = [np.array([person.box]) for person in people]
    crops = [crop_faces(*both)[0] for both in zip(pictures, boxes, strict=True)]
    return prepare(np.stack(crops))


@contextmanager
def openvino_int8(crops):
    """Open the loop's own weights, in eight bits; yield its name and what times one call."""
    version = import_openvino().get_version().split("-")[0]
    yield f"OpenVINO {version}, int8", timed(_openvino(INT8), crops)


@contextmanager
def openvino(crops):
    """Open the loop's engine; yield its name and what times one call."""
    version = import_openvino().get_version().split("-")[0]
    yield f"OpenVINO {version}", timed(_openvino(ONNX), crops)


@contextmanager
def onnxruntime(crops):
    """Open ONNX Runtime; yield its name and what times one call."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(str(ONNX), options, providers=providers)
    given = session.get_inputs()[0].name
    name = f"ONNX Runtime {onnxruntime.__version__}"
    yield name, timed(lambda crops: session.run(None, {given: crops}), crops)


@contextmanager
def opencv(crops):
    """Open OpenCV's dnn module; yield its name and what times one call."""
    cv2.setNumThreads(1)
    net = cv2.dnn.readNetFromONNX(str(ONNX))

    def logits(crops):
        net.setInput(crops)
        return net.forward()

    yield f"OpenCV dnn {cv2.__version__}", timed(logits, crops)


@contextmanager
def mxnet(crops):
    """Start MXNet in the training environment; yield its name and what times one call."""
    python = training_python()
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/crops.npy", crops)
        words = [python, "-c", MXNET, *MXNET_FILES, f"{folder}/crops.npy"]
        child = subprocess.Popen(
            list(map(str, words)),
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

        def once(count):
            child.stdin.write(f"{count}\n")
            return float(child.stdout.readline())

        try:
            yield child.stdout.readline().strip(), once
        finally:
            child.communicate()


def timed(call, crops):
    """Return a function that times one call on so many crops, in seconds."""

    def once(count):
        given = crops[:count]
        began = time.perf_counter()
        call(given)
        return time.perf_counter() - began

    return once


def in_turns(engines, counts, rounds):
    """Time each engine on each number of crops, one call a turn.

    Parameters
    ----------
    engines : dict of function by name
        ``engine(count)`` makes one call on so many crops and returns its seconds; each turn is two
        calls, of which the second counts.
    counts : sequence of int
    rounds : int

    Returns
    -------
    dict of list of float by (name, count)
        Seconds of each counted call; the first `WARM_UP` rounds are not.
    """
    took_s = {(name, count): [] for count in counts for name in engines}
    # One number of crops after the other: OpenVINO takes 1 ms more where it changes at each call.
    for count in counts:
        for turn in range(WARM_UP + rounds):
            for name, call in engines.items():
                call(count)  # finds the caches full of another engine's weights
                seconds = call(count)
                if turn >= WARM_UP:
                    took_s[name, count].append(seconds)
    return took_s


def table(took_s, counts):
    """Lay the medians out.

    Parameters
    ----------
    took_s : dict, of `in_turns`
    counts : sequence of int

    Returns
    -------
    list of str
        A head, and a line an engine: milliseconds a call, and how many times the first engine's.
    """
    names = list(dict.fromkeys(name for name, _ in took_s))
    lines = [f"{'ms (times ours), faces:':24}" + "".join(f"{f'{n} a call':>20}" for n in counts)]
    for name in names:
        cells = []
        for count in counts:
            mine, ours = (statistics.median(took_s[n, count]) for n in (name, names[0]))
            cells.append(f"{1000 * mine:11.2f} ({mine / ours:5.2f}x)")
        lines.append(f"{name:24}" + "".join(f"{cell:>20}" for cell in cells))
    return lines


if __name__ == "__main__":
    main()
