"""A short real training: what it resumes, what it starts again, how it diverges."""

import ast

import pytest

from tests.models import in_training

# Each line that is printed is what `run` came to, and what it left.
INVENTED = """
import json, math, sys
from pathlib import Path
import numpy as np
from laughtrack.models.training import loop
from laughtrack.models.training.settings import Settings
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import targets
from laughtrack.models.training import trainer
from laughtrack.models.training import smilenet

work = Path(sys.argv[1])
rng = np.random.default_rng(3)
count, side = loop.BATCH, wide_crops.WIDE_PX
smile = np.full((count, len(targets.DEFINITIONS)), np.nan, np.float32)
smile[:, 0] = np.arange(count) % 2
points = np.full((count, len(targets.POINTS), 2), 54.0)
taught = targets.Targets(
    rng.integers(0, 256, (count, side, side), dtype=np.uint8),
    smile, np.ones(count, np.float32), np.zeros((count, 4)), points,
)
usual = Settings(epochs=1, movement=0.0, points=0.0)

def ran(name, settings, told):
    heard = []
    try:
        tell = lambda *said: heard.append(said)
        net = loop.run_training(work, settings, taught, taught, told, tell)
        end = f"best {math.isfinite(net.best)}"
    except ValueError as error:
        end = str(error)
    left = [file for file in ("best.params", "progress.json") if (work / file).exists()]
    print(name, [(epoch, math.isfinite(loss)) for epoch, loss in heard], left, end, sep="|")

ran("first", usual, "a")
ran("same", usual, "a")
ran("labels", usual, "b")
smilenet.CHANNELS = (16, 16, 16, 16)
ran("channels", usual, "b")
file = work / "progress.json"
state = json.loads(file.read_text())
state["settings"]["size"] += 16
file.write_text(json.dumps(state))
ran("size", usual, "b")
# All that this net says is no number.
lean = trainer.Trainer.log_odds
trainer.Trainer.log_odds = lambda net, crops: lean(net, crops) * math.nan
ran("at once", usual._replace(seed=2), "b")
trainer.Trainer.log_odds = lean
ran("away", usual._replace(peak=1e38, epochs=5), "b")
print("left", max([int(f.stem[5:]) for f in work.glob("epoch*.params")], default=0), sep="|")
"""


@pytest.fixture(scope="module")
def made(training, tmp_path_factory):
    """What each run came to, by name: epochs, files left, last words."""
    done = in_training.ran(INVENTED, tmp_path_factory.mktemp("work"))
    lines = [line.split("|") for line in done.splitlines()]
    return {name: rest for name, *rest in lines}


@pytest.mark.slow
def test_same_course_is_carried_on(made):
    """All its epochs are done: none is run."""
    assert made["first"] == ["[(1, True)]", "['best.params', 'progress.json']", "best True"]
    assert made["same"] == ["[]", *made["first"][1:]]


@pytest.mark.parametrize("other", ["labels", "channels", "size"])
def test_other_labels_and_another_net_start_again(made, other):
    """As many faces as before, and the same settings, don't make it the same training."""
    assert made[other] == made["first"]


def test_training_that_runs_away_ends_with_an_error(made):
    """It names the loss and the cure, tells a search first, and keeps nothing of that epoch."""
    told, _, end = made["away"]
    *kept, away = ast.literal_eval(told)
    assert all(finite for _, finite in kept) and away == (len(kept) + 1, False)
    assert end.startswith(f"epoch {away[0]}: the validation loss is ")
    assert "lower peak than 1e+38" in end
    assert made["left"] == [str(len(kept))]


def test_weights_of_another_training_go_when_one_starts_again(made):
    """The first epoch runs away: nobody's weights are left to be taken for its."""
    assert made["at once"][:2] == ["[(1, False)]", "[]"]
