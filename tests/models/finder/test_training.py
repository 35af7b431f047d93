"""FinderNet's loss and training, in its own environment."""

import json
import os
import subprocess

import numpy as np
import pytest

from tests.tools import FINDER_PYTHON, ROOT

pytestmark = [pytest.mark.finder, pytest.mark.slow]

LOSS = """
import json, math, torch
from laughtrack.edge.faces.net import STRIDES
from laughtrack.models.finder.targets import loss
rows = torch.zeros(1, 4, 15)
rows[0, 0] = torch.tensor([20., 30, 10, 12, *[25.] * 10, 1])
rows[0, 1] = torch.tensor([60., 60, 40, 50, *[80.] * 10, 1])
rows[0, 2] = torch.tensor([10., 90, 20, 24, *[20.] * 10, -1])
maps = []
for s in STRIDES:
    m = torch.zeros(1, 15, 128 // s, 128 // s)
    m[:, 0] = -12
    for x, y, w, h, *points, state in rows[0].tolist():
        size = (w * h) ** 0.5
        low, high = {4: (0, 14), 8: (11, 30), 16: (25, 80), 32: (62, 1e9)}[s]
        if state > 0 and low <= size < high:
            for r in range(128 // s):
                for c in range(128 // s):
                    dx, dy = (x + w / 2) / s - c - 0.5, (y + h / 2) / s - r - 0.5
                    if max(abs(dx), abs(dy)) <= max(0.5, 0.22 * size / s):
                        box = [12.0, dx, dy, math.log(w / s), math.log(h / s)]
                        m[0, :5, r, c] = torch.tensor(box)
                        middle = torch.tensor([c + 0.5, r + 0.5] * 5)
                        m[0, 5:, r, c] = torch.tensor(points) / s - middle
    maps.append(m)
right = [v.item() for v in loss(maps, rows)]
maps[1][0, 0, 12, 2] = 12  # in what is not judged: the ignored face's middle
same = [v.item() for v in loss(maps, rows)]
maps[0][0, 0, 30, 30] = 12  # nobody there
false = [v.item() for v in loss(maps, rows)]
maps[2][0, 0] = -12  # the large face is missed
missed = [v.item() for v in loss(maps, rows)]
print(json.dumps([right, same, false, missed]))
"""


def _run(*words):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(FINDER_PYTHON), *words], capture_output=True, text=True, cwd=ROOT, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_right_answers_cost_nothing_and_wrong_ones_do():
    """No loss where every cell says what is there; some for a false face, more for a missed one."""
    right, same, false, missed = json.loads(_run("-c", LOSS))
    assert max(right) < 1e-3
    assert same == pytest.approx(right, abs=1e-6)
    assert false[0] > right[0] + 0.1
    assert missed[0] > false[0] + 0.1


def test_training_carries_on_and_exports(tmp_path):
    """Stopped, it carries on to the same weights; the export opens at any size."""
    script = tmp_path / "drill.py"
    script.write_text(DRILL)
    answers = json.loads(_run(str(script), str(tmp_path)).splitlines()[-1])
    assert answers["same"]
    assert answers["shapes"] == [[1, 15, 24, 16], [1, 15, 12, 8], [1, 15, 6, 4], [1, 15, 3, 2]]
    assert np.isfinite(answers["loss"])


DRILL = """
import json, sys
from pathlib import Path
import cv2, numpy as np, torch
from laughtrack.models.finder import export, train
from laughtrack.models.finder.compose import MOST_FACES, SIDE
from laughtrack.models.finder.net import FinderNet

work = Path(sys.argv[1])

def batches(pack, teacher, settings, step, steps):
    for at in range(step, steps):
        rng = np.random.default_rng(at)
        rows = np.zeros((4, MOST_FACES, 15), np.float32)
        rows[:, 0] = [30, 40, 24, 30, *[44] * 10, 1]
        images = rng.integers(0, 256, (4, SIDE, SIDE), np.uint8)
        yield torch.from_numpy(images), torch.from_numpy(rows)

train.batches = batches
train.CHECKPOINT_S = 0.0
torch.set_num_threads(1)
settings = train.Settings(pictures=16, batch=4)
(work / "whole").mkdir()
train.train(work, work, work / "whole", settings)

class Stop(Exception):
    pass

def stopping(pack, teacher, settings, step, steps):
    for n, one in enumerate(batches(pack, teacher, settings, step, steps)):
        if n == 2:
            raise Stop
        yield one

(work / "parts").mkdir()
train.batches = stopping
try:
    train.train(work, work, work / "parts", settings)
except Stop:
    train.batches = batches
train.train(work, work, work / "parts", settings)
one, other = (torch.load(work / w / "findernet.pt", weights_only=True) for w in ("whole", "parts"))
net = FinderNet()
net.load_state_dict(one)
net.eval()
export.write_onnx(net, work / "f.onnx")
net_at = cv2.dnn.readNetFromONNX(str(work / "f.onnx"))
net_at.setInput(np.zeros((1, 1, 96, 64), np.float32))
found = net_at.forward(["stride4", "stride8", "stride16", "stride32"])
print(json.dumps({
    "same": all((one[name] == other[name]).all().item() for name in one),
    "shapes": [list(maps.shape) for maps in found],
    "loss": float(sum(maps.sum() for maps in found)),
}))
"""
