"""MouthNet's weights: trained, written, read, the same in numpy as in MXNet."""

import numpy as np
import pytest

from laughtrack.edge.smile import mouth
from laughtrack.models.mouth import fit, lessons
from tests.models.in_training import ran

# Told apart by a bright or dark lower half.
LEARNT = """
import sys
import numpy as np
from laughtrack.edge.smile import mouth
from laughtrack.models.mouth import fit, net

def made(seed):
    rng = np.random.default_rng(seed)
    crops = rng.integers(60, 200, (256, 64, 64)).astype(np.uint8)
    hidden = np.arange(256) % 2 == 0
    crops[hidden, 36:] = 20
    return crops, hidden

nets = []
folded = net._folded
net._folded = lambda trained: (nets.append(trained), folded(trained))[1]
crops, hidden = made(1)
found = net.train(crops, hidden, np.ones(256), 12, 1)
other, other_hidden = made(2)
lean = mouth.hidden_log_odds(found, other)
theirs = nets[0](net.import_mxnet().nd.array(mouth.prepare(other)[:, None])).asnumpy()[:, 0]
print(np.abs(lean - theirs).max(), ((lean > 0) == other_hidden).mean())
again = net.train(crops, hidden, np.ones(256), 12, 1)
print(all((a == b).all() for a, b in zip(found.weights, again.weights)))
"""


@pytest.mark.train
def test_numpy_says_what_mxnet_says(tmp_path):
    """What it learnt it tells of new crops; trained again, it is the same to the last bit."""
    first, same = ran(LEARNT, tmp_path).splitlines()
    apart, right = map(float, first.split())
    assert apart < 1e-3 and right > 0.98 and same == "True"


def part(*rows):
    """Return lessons of grey crops, whose rows in the table are these."""
    made = fit.Part()
    for row in rows:
        made.add(lessons.Lesson(np.full((64, 64), 90, np.uint8), False, 30.0), row)
    made.add(None, ("left out",))
    return made


def test_what_is_written_is_read(tmp_path):
    """Weights lose little in 16 bits, the threshold nothing."""
    shipped = mouth.shipped()
    fit.write(tmp_path / "net.npz", shipped._replace(threshold=1.23456789))
    read = mouth.load(tmp_path / "net.npz")
    assert read.threshold == 1.23456789
    for mine, theirs in zip(
        shipped.weights + shipped.biases, read.weights + read.biases, strict=True
    ):
        assert (mine == theirs).all()


def test_table_counts_each_group():
    """A crop counts in each of its groups, and by its size."""
    lines = fit.table(part(("seen", "race Black"), ("seen", "race White")), mouth.shipped())
    assert [line.split(" | ")[:2] for line in lines[2:]] == [
        ["| race Black", "1"],
        ["| race White", "1"],
        ["| seen", "2"],
        ["| seen, 24 to 40 px", "2"],
    ]


def test_without_data_it_says_so(tmp_path, capsys):
    """The folder is named."""
    assert fit.main(["--data", str(tmp_path / "none")]) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err
