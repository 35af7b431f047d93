"""What a very large audience would have shown, from many audiences of one room at one show.

Truth is an expectation over all that a session draws by chance: which such viewers came, when each
smiled of themselves, whom that set off, who could be judged when. The seats, the jokes and how
contagious smiles are stay as they are.

- The curve's share and degree in a step: the expected mean over the viewers judged in it.
- Reach, average share, hook, look-away, expressiveness: the expected figure of one viewer.
- Maximum and minimum share: those of the true curve, not the expected maximum of a session's.
- Peak-end: the mean of the true maximum and the true share of the last seconds.

- Expressiveness: the deviation of the degree at single moments, the score's noise with it.

Truth of a step of the curve is of the moments looked at in it (`as_looked`): at one look a second,
a share that doubles within the second is not known better than that.
"""

from typing import NamedTuple

import numpy as np

from laughtrack.analytics.audience.scores import END_S, HOOK_S
from laughtrack.analytics.timelines.smiles import LEAST_SMILE_S
from tests.bench.rooms.laughs import ABSENT, AWAY, JUDGED, STEP_S, Audiences
from tests.bench.rooms.recording import NOISE


class Truth(NamedTuple):
    """`share`, `degree`: (S,) the true curve in steps of `step_s`. `scores`: by name, as in
    `audience.scores`, without synchrony. `effect`: the true design effect, the variance of the
    audiences' means over that of independent viewers'. `fine`: (F, 2) share and degree in steps of
    `STEP_S`."""

    step_s: float
    share: np.ndarray
    degree: np.ndarray
    scores: dict[str, float]
    effect: float
    fine: np.ndarray


class Steps(NamedTuple):
    """Parts of each wider step, (S, R, V) float32: `judged`, and `smiling` while judged."""

    judged: np.ndarray
    smiling: np.ndarray


def in_steps(drawn: Audiences, step_s: float = 1.0) -> Steps:
    """Sum audiences up in steps of `step_s`, a multiple of `STEP_S`."""
    every = round(step_s / STEP_S)
    steps = len(drawn.smiling) // every
    judged = drawn.state[: steps * every] == JUDGED
    smiling = drawn.smiling[: steps * every] & judged

    def part(on: np.ndarray) -> np.ndarray:
        whole = on.reshape(steps, every, *on.shape[1:]).sum(axis=1, dtype=np.uint8)
        return whole.astype(np.float32) / np.float32(every)

    return Steps(part(judged), part(smiling))


def truth(drawn: Audiences, step_s: float = 1.0) -> Truth:
    """Return the truth of a room's sessions, from all of the audiences drawn of it.

    R audiences tell it to within 1 / sqrt(R) of a session's own error.
    """
    steps, fine = in_steps(drawn, step_s), in_steps(drawn, STEP_S)
    known = steps.judged > 0
    with np.errstate(invalid="ignore"):
        own = np.where(known, steps.smiling / steps.judged, 0)
    share, degree = _curves(drawn, own, known)
    scores = _scores(drawn, steps, share, step_s)
    scores["Expressiveness"] = _moved(drawn, fine)
    curves = np.stack(_curves(drawn, fine.smiling, fine.judged > 0), axis=1)
    effect = _effect(own, known.sum(axis=2), share)
    return Truth(step_s, share, degree, scores, effect, curves)


def as_looked(known: Truth, t_s: np.ndarray) -> np.ndarray:
    """Return (S, 2) share and degree at the moments looked at in each step, means over these.

    Where there was no look, of the whole step.
    """
    at = np.minimum((t_s / STEP_S + 1e-6).astype(int), len(known.fine) - 1)
    step = np.minimum((t_s / known.step_s + 1e-6).astype(int), len(known.share) - 1)
    many = np.bincount(step, minlength=len(known.share))
    total = [np.bincount(step, each[at], minlength=len(many)) for each in known.fine.T]
    whole = np.stack([known.share, known.degree], axis=1)
    looked = np.stack(total, axis=1) / np.maximum(many, 1)[:, None]
    return np.where(many[:, None] > 0, looked, whole)


def _curves(drawn: Audiences, own: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over the viewers judged of their (S, R, V) shares, and of the degrees."""
    many = np.maximum(known.sum(axis=(1, 2)), 1)
    rise, rest = drawn.people.top - drawn.people.rest, drawn.people.rest
    degree = np.einsum("srv,rv->s", own, rise) + np.einsum("srv,rv->s", known * 1.0, rest)
    return own.sum(axis=(1, 2), dtype=float) / many, degree / many


def _scores(drawn: Audiences, steps: Steps, share: np.ndarray, step_s: float) -> dict[str, float]:
    end, hook = round(END_S / step_s), round(HOOK_S / step_s)
    average, last = _of_viewers(steps, slice(None)), _of_viewers(steps, slice(-end, None))
    return {
        "Reach": _reach(drawn),
        "Average share": average,
        "Maximum share": float(share.max()),
        "Minimum share": float(share.min()),
        "Peak-end": (float(share.max()) + last) / 2,
        "Hook": _of_viewers(steps, slice(0, hook)),
        "Smile minutes": 60 * average,
        "Look-away": _look_away(drawn),
    }


def _of_viewers(steps: Steps, part: slice) -> float:
    """Return the mean over viewers of the part of their judged time that they smiled."""
    judged = steps.judged[part].sum(axis=0, dtype=float)
    smiling = steps.smiling[part].sum(axis=0, dtype=float)
    return float(np.mean(smiling[judged > 0] / judged[judged > 0]))


def _reach(drawn: Audiences) -> float:
    """Return the part of viewers judged of whom a smile, long enough to count, was judged."""
    judged = drawn.state == JUDGED
    least = max(1, round(LEAST_SMILE_S / STEP_S))
    seen = drawn.smiling & judged
    long = seen[: len(seen) - least + 1].copy()
    for k in range(1, least):
        long &= seen[k : len(seen) - least + 1 + k]
    return float(long.any(axis=0)[judged.any(axis=0)].mean())


def _look_away(drawn: Audiences) -> float:
    """Return the mean over viewers of the part of their time in view that they were turned away."""
    seen = (drawn.state != ABSENT).sum(axis=0)
    away = (drawn.state == AWAY).sum(axis=0)
    return float(np.mean(away[seen > 0] / seen[seen > 0]))


def _moved(drawn: Audiences, fine: Steps) -> float:
    """Return the mean over viewers of the standard deviation of their degree at single moments."""
    many = fine.judged.sum(axis=0, dtype=float)
    share = fine.smiling.sum(axis=0, dtype=float)[many > 1] / many[many > 1]
    rise = (drawn.people.top - drawn.people.rest)[many > 1]
    return float(np.mean(np.sqrt(share * (1 - share) * rise**2 + NOISE**2)))


def _effect(own: np.ndarray, many: np.ndarray, share: np.ndarray) -> float:
    """Return the variance of the audiences' means over that of as many independent viewers'."""
    some = np.flatnonzero((many > 1).all(axis=1))
    means = own[some].sum(axis=2, dtype=float) / many[some]
    binary = (own[some] ** 2).sum(axis=(1, 2), dtype=float) / many[some].sum(axis=1)
    independent = (binary - share[some] ** 2) * (1 / many[some]).mean(axis=1)
    return float(means.var(axis=1).sum() / max(independent.sum(), 1e-12))
