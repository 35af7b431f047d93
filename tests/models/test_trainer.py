"""What the net learns from, what it leaves alone, and that what ships is what was taught."""

import numpy as np
import pytest

from tests.models import in_training

# A net taught all definitions of a smile but one after a few steps, and what it and
# the net to ship say of the same crops. Then the gradients of batches of which some is not known.
INVENTED = """
import logging, sys
from pathlib import Path
import numpy as np
from laughtrack.edge.smile.smilenet import SIZE
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import targets
from laughtrack.models.training import trainer
from laughtrack.models.training import smilenet

work = Path(sys.argv[1])
logging.basicConfig(level=logging.INFO, filename=work / "log", format="%(message)s")
mx = smilenet.import_mxnet()
rng = np.random.default_rng(4)
N, K, P = 8, 5, len(targets.POINTS)
crops = rng.integers(0, 256, (N, 1, SIZE, SIZE)).astype(np.float32)
smile = rng.random((N, len(targets.DEFINITIONS))).astype(np.float32)
smile[:, 1] = np.nan
taught = targets.Targets(
    np.zeros((N, 1, 1), np.uint8), smile, rng.uniform(1, 2, N).astype(np.float32),
    rng.normal(0, 1, (N, K)).astype(np.float32), rng.uniform(-0.5, 0.5, (N, P, 2)),
)
usual = {"seed": 3, "decay": 1e-3, "movement": 0.2, "points": 0.03}
save = {}

def heads(net):
    return [net._blocks[name] for name in ("smile", "movement", "points")]

def learnt(part, batch):
    # How far one step moves each output's weights and biases, without decay.
    net = trainer.Trainer(work / "none", {**usual, "decay": 0.0}, taught)
    before = [head.bias.data().asnumpy() for head in heads(net)]
    before += [head.weight.data().asnumpy() for head in heads(net)]
    loss = net.step(crops, batch, 0.1)
    after = [head.bias.data().asnumpy() for head in heads(net)]
    after += [head.weight.data().asnumpy() for head in heads(net)]
    moved = [np.abs(a - b).reshape(len(a), -1).max(axis=1) for a, b in zip(after, before)]
    for name, bias, weight in zip(("smile", "movement", "points"), moved, moved[3:]):
        save[f"{part}_{name}"] = np.maximum(bias, weight)
    save[f"{part}_loss"] = loss
    trunk = net._blocks["trunk"].collect_params().values()
    save[f"{part}_finite"] = all(np.isfinite(p.data().asnumpy()).all() for p in trunk)

def without(**unknown):
    parts = {name: getattr(taught, name).copy() for name in unknown}
    for name, rows in unknown.items():
        parts[name][rows] = np.nan
    return taught._replace(**parts)

everything = slice(None)
learnt("all", taught)
learnt("smile", without(movement=everything, points=everything))
learnt("movement", without(smile=everything, points=everything))
learnt("points", without(smile=everything, movement=everything))
learnt("nothing", without(smile=everything, movement=everything, points=everything))
learnt("column", without(movement=(everything, 2), points=(everything, 7)))

net = trainer.Trainer(work, usual, taught)
for _ in range(4):
    net.step(crops, taught, 0.05)
net.save(0.5)
shipped = smilenet.build()
shipped.load_parameters(str(work / "best.params"))
save["shipped"] = shipped(mx.nd.array(crops)).asnumpy()
save["smile_log_odds"] = net._outputs(mx.nd.array(crops))[0].asnumpy()
save["lean"] = net.log_odds(crops)
best = (work / "best.params").read_bytes()
net.step(crops, taught, 0.05)
net.save(0.6)
save["best_kept"] = best == (work / "best.params").read_bytes() and net.best == 0.5
save["kept"] = sorted(file.name for file in work.iterdir() if file.name != "log")
again = trainer.Trainer(work, usual, taught)
save["again"] = [again.epoch, again.steps, again.best]
on = [one.step(crops, taught, 0.05) for one in (net, again)]
save["on"], save["on_lean"] = on, [one.log_odds(crops) for one in (net, again)]
other = trainer.Trainer(work, {**usual, "movement": 0.3}, taught)
save["other"] = [other.epoch, other.steps]
save["other_left"] = [name for name in ("best.params", "progress.json") if (work / name).exists()]
fresh = trainer.Trainer(work / "none", usual, taught).log_odds(crops)
for name in ("progress.json", "epoch1.params", "epoch1.states", "best"):
    place = work / f"damaged_{name}"
    place.mkdir()
    net = trainer.Trainer(place, usual, taught)
    net.step(crops, taught, 0.05)
    net.save(0.5)
    if name == "epoch1.states":
        (place / name).unlink()
    elif name == "best":
        (place / "progress.json").unlink()
    else:
        (place / name).write_bytes((place / name).read_bytes()[:-9])
    net = trainer.Trainer(place, usual, taught)
    left = (place / "best.params").exists() or (place / "progress.json").exists()
    save[f"damaged_{name}"] = not (net.epoch or net.steps or left)
    same = np.array_equal(net.log_odds(crops), fresh)
    save[f"damaged_{name}"] &= net.best == float("inf") and same
np.savez(work / "made.npz", **save)
"""


@pytest.fixture(scope="module")
def made(training, tmp_path_factory):
    """What the nets learnt and returned."""
    work = tmp_path_factory.mktemp("work")
    in_training.ran(INVENTED, work)
    return {**np.load(work / "made.npz"), "log": (work / "log").read_text()}


@pytest.mark.slow
def test_shipped_logits_differ_by_the_mean_of_the_definitions_that_ship(made):
    """Another one doesn't count; the two logits are each other's opposite."""
    mean = made["smile_log_odds"][:, [0, 2]].mean(axis=1)
    logits = made["shipped"]
    assert np.ptp(mean) > 1e-3 and np.abs(made["smile_log_odds"][:, 1] - mean).max() > 1e-3
    assert np.diff(logits)[:, 0] == pytest.approx(mean, abs=1e-5)
    assert logits[:, 0] == pytest.approx(-logits[:, 1], abs=1e-6)
    assert made["lean"] == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("part", ["smile", "movement", "points"])
def test_only_outputs_that_were_taught_learn(made, part):
    """What is not known of any face moves no output for it."""
    for name in ("smile", "movement", "points"):
        moved = made[f"{part}_{name}"].max()
        assert (moved > 0) if name == part else (moved == 0), name


def test_unknown_definition_is_not_learnt(made):
    """The others are."""
    assert (made["all_smile"] > 0).tolist() == [True, False, True, True, True]


def test_one_unknown_number_stops_only_its_own_output(made):
    """One number of the movement, and one point: x and y."""
    assert np.flatnonzero(made["column_movement"] == 0).tolist() == [2]
    assert np.flatnonzero(made["column_points"] == 0).tolist() == [14, 15]


def test_nothing_known_is_nothing_learnt(made):
    """No output moves, the loss is 0, and no weight turns into NaN."""
    assert made["nothing_loss"] == 0
    assert all(made[f"nothing_{name}"].max() == 0 for name in ("smile", "movement", "points"))
    assert all(made[f"{part}_finite"] for part in ("all", "nothing", "column"))


def test_losses_of_the_parts_add_up(made):
    """Nothing is taught twice."""
    parts = sum(made[f"{part}_loss"] for part in ("smile", "movement", "points"))
    assert parts == pytest.approx(float(made["all_loss"]), rel=1e-5)


def test_best_weights_stay_until_better_ones_come(made):
    """Of the checkpoints only the last is kept."""
    assert made["best_kept"]
    kept = ["best.params", "epoch2.params", "epoch2.states", "progress.json"]
    assert made["kept"].tolist() == kept


def test_training_goes_on_as_if_it_had_never_stopped(made):
    """Weights and momentum come back: the next step is the same to the last bit."""
    assert made["again"].tolist() == [2, 5, 0.5]
    assert made["on"][0] == made["on"][1]
    assert np.array_equal(*made["on_lean"])


def test_other_settings_begin_at_the_beginning(made):
    """And a line says so; nothing of the others is left to be taken for theirs."""
    assert made["other"].tolist() == [0, 0] and made["other_left"].tolist() == []
    assert made["log"].count("another run's checkpoints") == 1


@pytest.mark.parametrize("name", ["progress.json", "epoch1.params", "epoch1.states"])
def test_damaged_checkpoint_begins_at_the_beginning(made, name):
    """With the weights of a first start; a line names the file that is damaged or missing."""
    assert made[f"damaged_{name}"]
    (line,) = [line for line in made["log"].splitlines() if f"damaged_{name}/" in line]
    assert f"damaged_{name}/{name} (" in line and line.endswith("): starting anew")


def test_weights_without_progress_are_not_kept(made):
    """They would pass for this training's."""
    assert made["damaged_best"]
