"""The second look's training: in its own environment, on made places."""

import json
import os
import subprocess

import pytest

from tests.tools import FINDER_PYTHON, ROOT

pytestmark = [pytest.mark.finder, pytest.mark.slow]

DRILL = """
import hashlib, json, sys
from pathlib import Path
import cv2, numpy as np, torch
from laughtrack.edge.faces import second_look
from types import SimpleNamespace
from laughtrack.models.finder.second import net as second_net, places as made_places
from laughtrack.models.finder.second import train as second_train
from laughtrack.models.finder.second.places import SIDE, Places, places_of
from laughtrack.models.finder.compose import MOST_FACES
from laughtrack.edge.faces.net import NetFaces

torch.set_num_threads(1)
rng = np.random.default_rng(1)
squares = rng.integers(0, 256, (600, SIDE, SIDE)).astype(np.uint8)
faces = np.arange(600) % 2 == 0
for i in np.flatnonzero(faces):
    cv2.circle(squares[i], (SIDE // 2, SIDE // 2), 12, 220, -1)
places = Places(squares, faces, rng.normal(0, 1, 600), np.full(600, 20.0))
nets = [second_net.train(places, 20, 1) for _ in range(2)]
odds = [second_net.log_odds(net, squares) for net in nets]

out = Path(sys.argv[1])
(out / "findernet.json").write_text('{"version": 1, "threshold": 0.5}')
second_train.write(nets[0], second_train.calibration(nets[0], places), out)
known = json.loads((out / "findernet.json").read_text())
digest = hashlib.sha256((out / second_look.FILE).read_bytes()).hexdigest()

class Found:
    def find(self, grey):
        boxes = np.array([[10.0, 10, 30, 30], [100, 100, 120, 120], [60, 60, 80, 80]])
        return NetFaces(boxes, np.array([0.9, 0.4, 0.3]), np.zeros((3, 5, 2)))

rows = np.zeros((MOST_FACES, 15), np.float32)
rows[0, [0, 1, 2, 3, 14]] = 11, 11, 20, 20, 1
rows[1, [0, 1, 2, 3, 14]] = 62, 62, 20, 20, -1
kept = places_of(Found(), np.zeros((256, 256), np.uint8), rows)

made_places._pack = [(np.zeros((8, 8), np.uint8), "people")]
made_places._source = SimpleNamespace(faces=[rows[:1]])
face = rng.integers(0, 256, (60, 50)).astype(np.uint8)
whole, there = made_places._framed(face, rows[:1], np.random.default_rng(2))
left, top = (there[0, :2] - rows[0, :2]).astype(int)

rim = (SIDE - second_look.SIZE) // 2
middle = squares[:4, rim:-rim, rim:-rim]
plain = second_net.normalised(torch.from_numpy(middle).float())[:, 0].numpy()
print(json.dumps({
    "same": bool((odds[0] == odds[1]).all()),
    "right": float(((odds[0] > 0) == faces).mean()),
    "digest": digest == known["second"]["sha256"],
    "known": known,
    "kept": [kept.faces.tolist(), kept.squares.shape],
    "framed": [bool(left >= 5 and top >= 5),
               bool((whole[top : top + 60, left : left + 50] == face).all()),
               bool((there[0, 4:14:2] == left).all() and (there[0, 5:14:2] == top).all())],
    "alike": float(abs(plain - second_look.normalised(middle)).max()),
}))
"""


def test_it_learns_and_is_put_beside_findernet(tmp_path):
    """The same places give the same net; what edge sees is what it learnt from."""
    script = tmp_path / "drill.py"
    script.write_text(DRILL)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [str(FINDER_PYTHON), str(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["same"] and told["digest"] and told["right"] > 0.98 and told["alike"] < 1e-4
    assert told["known"]["threshold"] == 0.2 and told["known"]["second"]["second"] > 0
    assert told["framed"] == [True, True, True]
    # The face, and what is none; not what nobody can judge.
    assert told["kept"] == [[True, False], [2, 48, 48]]
