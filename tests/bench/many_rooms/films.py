"""Films shown in halls whose truth is known, by two simulators that have nothing in common.

Conventions
-----------
- `laughs`: the simulator of `tests.bench.rooms`: smiles that set each other off. A hall multiplies
  the rate at which its viewers begin to smile of themselves by its own factor, and at each joke by
  another one.
- `moods`: the simulator of `tests.analytics.pretend`: lasting moods below a threshold. A hall moves
  the threshold's logit, and at each joke by another number.
- What is said was tuned on `moods`; three films of `laughs` were looked at, seeds 1 and 21 to 23.
  Judged are those of `laughs` from `JUDGED_FROM` on.
- Truth is the mean over all halls, those not drawn as well: of so many halls of `laughs`, or as
  `moods` defines it.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.bench.rooms.laughs import audiences, common_rate, joke_rate, step_times
from tests.bench.rooms.recording import Camera, record
from tests.bench.rooms.room import Room, jokes
from tests.bench.rooms.truth import truth

SECONDS = 180.0
JUDGED_FROM = 5000
CONTAGION = 0.25
CAMERA = Camera(looks_per_s=(3.0, 6.0))
SIZES = {"30": (30,), "12 to 80": (12, 30, 80)}
# Deviation of the logarithm of a hall's own factor, and of that at each joke.
DIFFER = {"equal": (0.0, 0.0), "differ": (0.4, 0.3)}
# Halls that the truth of `laughs` is of, and of each size those recorded.
TRUE_HALLS, RECORDED = 2400, 48


class Cell(NamedTuple):
    """A line of the table: viewers of a hall, how halls differ, and whether the film is lively."""

    sizes: tuple[int, ...]
    own: float
    at_jokes: float
    lively: bool


class Film(NamedTuple):
    """A film: `share` (T,) true in each second, `scores` true by name, and the `halls` recorded."""

    share: np.ndarray
    scores: dict[str, float]
    halls: list[SessionTables]


def cells() -> dict[str, Cell]:
    """Return the cells by name."""
    found = {}
    for mood, differ, size in product(("lively", "quiet"), DIFFER, SIZES):
        if size == "30" or (differ, mood) == ("differ", "lively"):
            name = f"{mood}, halls {differ}, {size} viewers"
            found[name] = Cell(SIZES[size], *DIFFER[differ], mood == "lively")
    return found


def films(simulator: str, cell: Cell, count: int, seed: int) -> Iterator[Film]:
    """Yield so many films of a cell."""
    make = {"laughs": _laughs, "moods": _moods}[simulator]
    for number in range(count):
        yield make(cell, seed + number)


def _laughs(cell: Cell, show: int) -> Film:
    room = Room(30, SECONDS, CONTAGION, cell.lively, True, show)
    shown = jokes(room)
    rng = np.random.default_rng([show, 11])
    shares, scores, halls = [], [], []
    for viewers in cell.sizes:
        hall = room._replace(viewers=viewers, only=shown)
        known = truth(_drawn(hall, cell, TRUE_HALLS * 30 // max(viewers, 30), rng, 1))
        shares.append(known.share)
        scores.append(known.scores)
        drawn = _drawn(hall, cell, RECORDED // len(cell.sizes), rng, 2)
        for copy in range(drawn.smiling.shape[1]):
            halls.append(SessionTables(record(drawn, copy, CAMERA, seed=viewers).session))
    names = ("Average share", "Reach", "Hook", "Expressiveness", "Look-away")
    # The highest moment of halls that differ is another in each.
    names += () if cell.own else ("Maximum share",)
    known = {name: float(np.mean([each[name] for each in scores])) for name in names}
    return Film(np.mean(shares, axis=0), known, halls)


def _drawn(hall: Room, cell: Cell, copies: int, rng: np.random.Generator, seed: int):
    """Draw audiences of as many halls."""
    if not cell.own and not cell.at_jokes:
        return audiences(hall, copies, seed)
    t_s = step_times(hall)
    rest = common_rate(hall) - joke_rate(hall, t_s)
    own = _factors(cell.own, copies, rng)
    rates = rest[:, None] * own
    for joke in jokes(hall):
        alone = joke_rate(hall._replace(only=(joke,)), t_s)
        rates += alone[:, None] * own * _factors(cell.at_jokes, copies, rng)
    return audiences(hall, copies, seed, rates)


def _factors(spread: float, copies: int, rng: np.random.Generator) -> np.ndarray:
    return np.exp(spread * rng.standard_normal(copies) - spread**2 / 2)


def _moods(cell: Cell, show: int) -> Film:
    rng = np.random.default_rng([show, 12])
    apart, strength = ((10, 30), (0.1, 0.9)) if cell.lively else ((40, 100), (0.05, 0.35))
    times = np.cumsum(rng.uniform(*apart, 40))
    told = [(t_s, rng.uniform(*strength)) for t_s in times[times < SECONDS - 3]]
    rest = rng.uniform(0.02, 0.08) if cell.lively else rng.uniform(0.005, 0.02)
    t_s = np.arange(SECONDS) + 0.5
    usual = [_mood_hall(cell, told, rest, 1, rng) for _ in range(500 if cell.own else 1)]
    share = np.mean([pretend.share(each, t_s) for each in usual], axis=0)
    halls = [
        _mood_hall(cell, told, rest, int(rng.choice(cell.sizes)), rng) for _ in range(RECORDED)
    ]
    sessions = [pretend.session(each, 4.0, name=f"hall {k}") for k, each in enumerate(halls)]
    return Film(share, {"Average share": float(share.mean())}, [*map(SessionTables, sessions)])


def _mood_hall(cell: Cell, told: list, rest: float, viewers: int, rng: np.random.Generator):
    own = rng.normal(0, cell.own)
    moved = [
        (t_s, float(expit(logit(share) + own + rng.normal(0, cell.at_jokes))))
        for t_s, share in told
    ]
    still = float(expit(logit(rest) + own))
    seed = int(rng.integers(2**31))
    return pretend.Room(viewers, SECONDS, tuple(moved), 0.3, still, seed=seed)
