"""Nets of groups of people score those they have not seen; no training is run twice."""

import numpy as np
import pytest

from tests.models import in_training

# People are known by the grey of their crops. The training is a stand-in that records who it
# trained on, and whom it scored: its log-odds are the truth, sharper than the teacher's.
INVENTED = """
import sys
from pathlib import Path
import numpy as np
from laughtrack.models.training import distillation
from laughtrack.models.training import loop
from laughtrack.models.training.settings import Settings
from laughtrack.models.faces import wide_crops
from laughtrack.models.data import labels
from laughtrack.models.training import targets

out = Path(sys.argv[1])
rng = np.random.default_rng(3)
PEOPLE, EACH, GROUPS = 150, 2, 3
who = np.repeat(np.arange(PEOPLE), EACH)
count = len(who)
truth = rng.random(count) < 0.5
said = np.array(["" if i % 17 == 3 else str(int(smiles)) for i, smiles in enumerate(truth)])
shown = [
    labels.Picture(Path(f"{i}.png"), "own", f"p{n}", labels.split_of(f"p{n}"), smile=smile)
    for i, (n, smile) in enumerate(zip(who, said))
]
side = wide_crops.WIDE_PX
wide = np.broadcast_to(who[:, None, None], (count, side, side)).astype(np.uint8)
teacher = np.where(truth, 1.0, -1.0) + rng.normal(0, 2, count)
teacher[::29] = np.nan
points = np.full((count, len(targets.POINTS), 2), 54.0)
first = targets.Targets(
    wide, targets.smile_targets(shown, teacher), np.ones(count), np.zeros((count, 4)), points
)
calls, nets = [], []

class Net:
    def __init__(self, truth):
        self.truth, self.inputs = truth, []

    def log_odds(self, crops):
        self.inputs.append(crops)
        # Half of what it says is about the mirror image: the mean is what counts.
        right = np.where(self.truth, 4.0, -4.0)
        return right + (2.0 if len(self.inputs) == 1 else -2.0)

def run(place, settings, training, unseen, digest, on_epoch=None):
    seen, faces = ({int(n) for n in given.wide[:, 0, 0]} for given in (training, unseen))
    rows = [i for i in np.flatnonzero(np.isin(who, list(faces))) if said[i]]
    assert who[rows].tolist() == unseen.wide[:, 0, 0].tolist()
    assert digest == targets.labels_digest(shown)
    calls.append((place.name, settings.seed, settings.epochs, seen, faces))
    nets.append(Net(truth[rows]))
    return nets[-1]

loop.run_training = run
settings = Settings(groups=GROUPS, seed=5, epochs=24)
found = distillation.distilled_log_odds(first, teacher, shown, out, settings)
assert [call[:3] for call in calls] == [(f"group{i}", 6 + i, 12) for i in range(GROUPS)]
mirrored = [np.array_equal(a, b[..., ::-1]) for a, b in (net.inputs for net in nets)]
train = np.array([p.split == "train" for p in shown])
splits = {int(n): p.split for n, p in zip(who, shown)}
np.savez(
    out / "made.npz", found=found, teacher=teacher, truth=truth, said=said, train=train,
    mirrored=mirrored, both=[len(seen & scored) for *_, seen, scored in calls],
    scored=sorted(n for *_, scored in calls for n in scored),
    known=sorted({int(n) for n, s, t in zip(who, said, train) if s and t}),
    foreign=[sum(splits[n] != "train" for n in seen | scored) for *_, seen, scored in calls],
    asked=[len(seen) + len(scored) for *_, seen, scored in calls],
    alone=distillation.distilled_log_odds(first, teacher, shown, out, settings._replace(groups=1)),
    calls=len(calls),
)
"""

# Two real trainings of two epochs each, the second call of which finds everything done.
CARRIED_ON = """
import logging, sys
from pathlib import Path
import numpy as np
from laughtrack.models.training import distillation
from laughtrack.models.training import loop
from laughtrack.models.training.settings import Settings
from laughtrack.models.faces import wide_crops
from laughtrack.models.data import labels
from laughtrack.models.training import targets

work = Path(sys.argv[1])
logging.basicConfig(level=logging.INFO, filename=work / "log", format="%(message)s")
rng = np.random.default_rng(3)
names = [name for name in (f"p{n}" for n in range(400)) if labels.split_of(name) == "train"][:200]
truth = np.arange(200) % 2
shown = [
    labels.Picture(Path(name), "own", name, "train", smile=str(smiles))
    for name, smiles in zip(names, truth)
]
side = wide_crops.WIDE_PX
wide = rng.integers(0, 256, (200, side, side), dtype=np.uint8)
wide[truth == 1, side // 2 :] //= 4
points = np.full((200, len(targets.POINTS), 2), 54.0)
teacher = truth * 2.0 - 1
first = targets.Targets(
    wide, targets.smile_targets(shown, teacher), np.ones(200), np.zeros((200, 4)), points
)
distillation.EPOCHS = 2
settings = Settings(groups=2)
found = [distillation.distilled_log_odds(first, teacher, shown, work, settings) for _ in range(2)]
np.savez(work / "made.npz", found=found)
"""


def ran(code, work):
    """Run code in the training environment; return what it saved in `work`."""
    in_training.ran(code, work)
    return dict(np.load(work / "made.npz"))


@pytest.fixture(scope="module")
def made(training, tmp_path_factory):
    """What stand-ins of the trainings were given, and what came of it."""
    return ran(INVENTED, tmp_path_factory.mktemp("work"))


@pytest.mark.slow
def test_no_net_scores_whom_it_was_trained_on(made):
    """Each labelled person of the training split is scored once, by a net of the others."""
    assert made["both"].tolist() == [0, 0, 0]
    assert made["scored"].tolist() == made["known"].tolist()
    assert made["asked"].tolist() == [len(made["known"])] * 3


def test_only_the_training_split_is_asked(made):
    """No net is trained on a person of another split, or scores one."""
    assert made["foreign"].tolist() == [0, 0, 0]


def test_others_keep_the_teachers_log_odds(made):
    """People of other splits, and faces without a label; NaN stays NaN."""
    others = ~made["train"] | (made["said"] == "")
    assert others.sum() > 50 and np.isnan(made["teacher"][others]).any()
    assert np.array_equal(made["found"][others], made["teacher"][others], equal_nan=True)


def test_nets_and_teacher_are_combined(made):
    """A net that is always right outweighs a teacher who is often wrong, or has no score."""
    scored = made["train"] & (made["said"] != "")
    wrong = (made["teacher"] > 0) != made["truth"]
    assert (scored & wrong).sum() > 20
    assert np.array_equal(made["found"][scored] > 0, made["truth"][scored])
    # Between two faces that the net scores alike, the teacher's log-odds count.
    smiling = scored & made["truth"] & np.isfinite(made["teacher"])
    order = np.argsort(made["teacher"][smiling])
    assert (np.diff(made["found"][smiling][order]) >= 0).all()


def test_a_net_looks_at_each_face_and_its_mirror_image(made):
    """And says the mean of both."""
    assert made["mirrored"].tolist() == [True] * 3
    smiling = made["train"] & (made["said"] != "") & np.isnan(made["teacher"])
    ends = made["found"][smiling]
    assert len(np.unique(ends.round(9))) == 2  # one value for smiles, one for the rest


def test_nobody_to_learn_from_leaves_the_teacher_alone(made):
    """One group has no others: no net is trained."""
    assert made["calls"] == 3 and np.isfinite(made["alone"][made["train"]]).any()


@pytest.mark.train
def test_second_call_trains_nothing(tmp_path):
    """It reads the nets that are done, and says the same to the last bit."""
    found = ran(CARRIED_ON, tmp_path)["found"]
    log = (tmp_path / "log").read_text().splitlines()
    assert sum(line.startswith("epoch ") for line in log) == 4
    assert log.count("all 2 epochs are done") == 2
    assert np.isfinite(found).all() and np.array_equal(*found)
