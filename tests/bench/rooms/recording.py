"""An audience as the camera tells it: uneven looks, faces that cannot be judged, broken IDs, scores
that are wrong now and then."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from laughtrack.analytics.session import Session
from tests.bench.rooms.laughs import ABSENT, JUDGED, STEP_S, Audiences

NOISE = 0.03
# Right scores stay on their side of 0.4 and 0.6, the thresholds of a smile.
HIGHEST_REST, LEAST_TOP = 0.36, 0.64
BATCH_S = 5.0


class Camera(NamedTuple):
    """How an audience is recorded.

    `looks_per_s`: least and most; a session's own lies between, log-uniformly, and looks are
    unevenly apart. `new_ids_per_min`: how often a viewer is given a new ID. `sensitivity`,
    `specificity`: chance that a smile, or none, is scored so in one look; `personal` the part of
    what decides on an error that is a viewer's own and steady, the rest lasting `error_s`.
    `steadied_s`: time constant of the steadied score, 0 for none.
    """

    looks_per_s: tuple[float, float] = (1.0, 12.0)
    new_ids_per_min: float = 0.0
    sensitivity: float = 1.0
    specificity: float = 1.0
    personal: float = 0.3
    error_s: float = 0.5
    steadied_s: float = 0.0


class Recording(NamedTuple):
    """`session`, and `viewer_of`: (I,) int, for each ID from 1 the place of the viewer it is of."""

    session: Session
    viewer_of: np.ndarray


def record(drawn: Audiences, copy: int, camera: Camera | None = None, seed: int = 0) -> Recording:
    """Return one audience of those drawn as a session that analytics can take."""
    camera = camera or Camera()
    rng = np.random.default_rng([drawn.room.show, copy, seed, 4])
    t_s = _looks(drawn.room.seconds, camera, rng)
    at = np.minimum((t_s / STEP_S + 1e-6).astype(int), len(drawn.smiling) - 1)
    smiling, state = drawn.smiling[at, copy].T, drawn.state[at, copy].T
    raw = _scores(smiling, drawn, copy, (t_s, camera), rng)
    raw = np.where(state == JUDGED, raw.round(3), np.nan)
    smile = _steadied(raw, t_s, camera.steadied_s).round(3)
    ids, viewer_of = _ids(len(raw), t_s, camera, rng)
    look, viewer = np.nonzero(state.T != ABSENT)
    boxes = _boxes(drawn, viewer, rng)
    table = pd.DataFrame(
        {
            "viewer_id": ids[viewer, look],
            "t_s": t_s[look],
            **boxes,
            "quality": np.where(state[viewer, look] == JUDGED, 0.9, 0.1),
            "raw": raw[viewer, look],
            "smile": smile[viewer, look],
        }
    ).sort_values(["t_s", "viewer_id"], ignore_index=True)
    name = f"room-{drawn.room.show}-{copy}"
    session = Session(table, _spans(t_s, drawn.room.seconds), {"complete": True}, name, "hall")
    return Recording(session, viewer_of)


def _looks(seconds: float, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Return the times of the looks, ascending, to 1 ms."""
    rate = np.exp(rng.uniform(*np.log(camera.looks_per_s)))
    steps = rng.uniform(0.5, 1.5, int(seconds * rate * 1.5) + 20) / rate
    t_s = np.cumsum(np.maximum(steps, 0.002)).round(3)
    return t_s[t_s < seconds]


def _scores(
    smiling: np.ndarray,
    drawn: Audiences,
    copy: int,
    seen: tuple[np.ndarray, Camera],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return (V, F) raw scores: each viewer's own degrees, and now and then the wrong one."""
    t_s, camera = seen
    shown = smiling
    if min(camera.sensitivity, camera.specificity) < 1:
        luck = _luck(smiling.shape, t_s, camera, rng)
        wrong = luck < np.where(
            smiling, ndtri(1 - camera.sensitivity), ndtri(1 - camera.specificity)
        )
        shown = smiling ^ wrong
    rest, top = (each[copy][:, None] for each in (drawn.people.rest, drawn.people.top))
    noise = rng.standard_normal(shown.shape, np.float32) * NOISE
    return np.where(
        shown, np.clip(top + noise, LEAST_TOP, 1), np.clip(rest + noise, 0, HIGHEST_REST)
    ).astype(float)


def _luck(
    shape: tuple[int, int], t_s: np.ndarray, camera: Camera, rng: np.random.Generator
) -> np.ndarray:
    """Return (V, F) standard normal numbers, in part steady for each viewer."""
    own, moving = rng.standard_normal((shape[0], 1)), rng.standard_normal(shape)
    if camera.error_s > 0:
        kept = np.exp(-np.diff(t_s) / camera.error_s)
        for k, keep in enumerate(kept, 1):
            moving[:, k] = keep * moving[:, k - 1] + np.sqrt(1 - keep**2) * moving[:, k]
    return np.sqrt(camera.personal) * own + np.sqrt(1 - camera.personal) * moving


def _steadied(raw: np.ndarray, t_s: np.ndarray, constant_s: float) -> np.ndarray:
    """Return scores steadied as the device does: exponentially, anew after a gap of a second."""
    if constant_s <= 0:
        return raw
    out, last = raw.copy(), np.full(len(raw), -np.inf)
    level = np.zeros(len(raw))
    for k, now in enumerate(t_s):
        known = ~np.isnan(raw[:, k])
        since = now - last
        keep = np.where(since > 1.0, 0.0, np.exp(-since / constant_s))
        level = np.where(known, raw[:, k] + keep * (level - np.nan_to_num(raw[:, k])), level)
        last = np.where(known, now, last)
        out[:, k] = np.where(known, level, np.nan)
    return out


def _ids(
    viewers: int, t_s: np.ndarray, camera: Camera, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return (V, F) IDs, and whose each is: a new one is the next that nobody has had."""
    steps = np.diff(t_s, prepend=0.0)
    changes = rng.random((viewers, len(t_s))) < camera.new_ids_per_min * steps / 60
    changes[:, :1] = False
    at, viewer = np.nonzero(changes.T)
    ids = np.repeat(np.arange(1, viewers + 1)[:, None], len(t_s), axis=1)
    for number, (look, who) in enumerate(zip(at, viewer, strict=True), viewers + 1):
        ids[who, look:] = number
    return ids.astype(np.int64), np.append(np.arange(viewers), viewer)


def _boxes(drawn: Audiences, viewer: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return a box a reading, shaking by a few pixels about the seat."""
    x, y, width, _ = drawn.seats
    shake = rng.standard_normal((3, len(viewer)), np.float32) * 0.05 * width[viewer]
    middle, above, half = x[viewer] + shake[0], y[viewer] + shake[1], (width[viewer] + shake[2]) / 2
    sides = middle - half, above - half, middle + half, above + half
    return {
        n: each.astype(np.int32) for n, each in zip(("x1", "y1", "x2", "y2"), sides, strict=True)
    }


def _spans(t_s: np.ndarray, seconds: float) -> pd.DataFrame:
    start = np.arange(0, seconds, BATCH_S)
    end = np.minimum(start + BATCH_S, seconds)
    many = np.searchsorted(t_s, end) - np.searchsorted(t_s, start)
    return pd.DataFrame(
        {
            "seq": range(len(start)),
            "started_utc": "2026-01-31T20:15:00Z",
            "start_s": start,
            "end_s": end,
            "frames": np.maximum(many, 1),
        }
    )
