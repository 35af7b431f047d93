"""Who subtracts figures from each other: everything that is told of an audience as equations.

The attacker knows who could be judged when, and the rule by which figures are withheld. Unknown is
what part of each second each viewer smiled. Every figure told is then a sum of unknowns; a viewer
is given away if some combination of figures leaves unknowns of that viewer alone.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.audience.groups import scores
from laughtrack.analytics.audience.scenes import scenes_of
from laughtrack.analytics.timelines.cohorts import held
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend

BINS_S = (1.0, 2.0, 3.0)
SCENE_S = 7


class Figure(NamedTuple):
    """A figure told: the mean over `many` viewers, of these (V,) `members`, in `steps`."""

    value: float
    many: int
    steps: range
    members: np.ndarray


class Given(NamedTuple):
    """What the figures say: in how many ways of which viewers, and how far off it is at most."""

    viewers: dict
    error: float


def audience(seed, viewers=11, seconds=30, away=0.1):
    """Return a session of people who come late, leave early and look away."""
    rng = np.random.default_rng([seed, 7])
    jokes = [(at, rng.uniform(0.3, 0.9)) for at in rng.uniform(3, seconds - 3, seconds // 10)]
    room = pretend.Room(viewers, seconds, tuple(jokes), at_rest=0.15, away=0.0, seed=seed)
    told = pretend.session(room, rate_hz=5.0, name=f"seed {seed}")
    come, go = (
        rng.integers(0, seconds // 3, viewers),
        rng.integers(2 * seconds // 3, seconds, viewers),
    )
    stays = rng.random(viewers) < 0.4
    come, go = np.where(stays, 0, come), np.where(stays, seconds, go)
    away_in = rng.random((viewers, seconds)) < away
    rows = told.readings
    at, second = rows["viewer_id"].to_numpy() - 1, rows["t_s"].to_numpy().astype(int)
    there = (second >= come[at]) & (second < go[at])
    rows = rows[there].reset_index(drop=True)
    lost = away_in[at, second][there]
    rows.loc[lost, ["raw", "smile"]] = np.nan
    return told._replace(readings=rows)


def told(tables, seconds, seed=0):
    """Return what the commands tell of a session: curves, shifted scene lists, groups."""
    ids = tables.everyone.grid().ids
    everybody = np.ones(len(ids), dtype=bool)
    found = []
    for bin_s in BINS_S:
        table = curve(tables, bin_s)
        found += [
            Figure(value, many, range(round(t), min(round(t + bin_s), seconds)), everybody)
            for t, value, many in zip(table.t_s, table.share_smiling, table.judged, strict=True)
        ]
    for shift in range(0, SCENE_S, 3):
        starts = np.arange(shift, seconds - SCENE_S + 1, SCENE_S)
        listed = pd.DataFrame({"start_s": starts, "end_s": starts + SCENE_S, "name": "scene"})
        table = scenes_of(tables, listed.astype({"start_s": float, "end_s": float}))
        found += [
            Figure(value, many, range(start, start + SCENE_S), everybody)
            for start, value, many in zip(starts, table.share_smiling, table.judged, strict=True)
        ]
    found += _groups(tables, ids, seconds, seed)
    return [each for each in found if not np.isnan(each.value)]


def _groups(tables, ids, seconds, seed):
    """Return the means of groups at will: the first k viewers, and halves at random."""
    rng, found = np.random.default_rng(seed), []
    sides = [np.arange(len(ids)) < k for k in range(1, len(ids), 2)]
    for side in sides + [rng.random(len(ids)) < 0.5 for _ in range(5)]:
        membership = pd.DataFrame({"viewer_id": ids, "group": np.where(side, "in", "out")})
        people = scores(tables.viewers).merge(tables.groups(membership), on="viewer_id")
        for name, members in (("in", side), ("out", ~side)):
            values = people.loc[people["group"] == name, "share_smiling"]
            found.append(Figure(values.mean(), len(values), range(seconds), members))
    return found


def equations(tables, figures, seconds):
    """Return (R, V * T) coefficients of the figures' sums, and the (R,) sums."""
    grid = tables.everyone.grid()
    last, rows = held(grid.scored), []
    for each in figures:
        row = np.zeros((len(grid.ids), seconds))
        steps = np.array(each.steps)
        if tables.withholds:
            for cohort in tables.cohorts:
                shown = steps[cohort.shown[steps]]
                if each.members[cohort.members].all() and len(shown):
                    for member in cohort.members:
                        np.add.at(row[member], last[member, shown], 1 / len(shown))
        else:
            judged_s = grid.scored_s[:, steps] * each.members[:, None]
            total = judged_s.sum(axis=1, keepdims=True)
            row[:, steps] = judged_s / np.where(total > 0, total, 1)
        assert np.isclose(row.sum(), each.many, atol=1e-4), "not the viewers who were told of"
        rows.append(row.ravel())
    sums = np.array([each.value * each.many for each in figures])
    return np.array(rows).reshape(-1, len(grid.ids) * seconds), sums


def given_away(coefficients, sums, truth):
    """Return which viewers' unknowns some combination of the figures leaves alone.

    `truth` is (V, T), the unknowns themselves: the error is of what the combinations come to.
    """
    if not len(coefficients):
        return Given({}, 0.0)
    left, size, basis = np.linalg.svd(coefficients, full_matrices=False)
    keep = size > 1e-9 * size[0]
    left, size, basis = left[:, keep], size[keep], basis[keep]
    found, error = {}, 0.0
    for viewer, own in enumerate(basis.reshape(len(basis), *truth.shape).transpose(1, 0, 2)):
        ways, strength, _ = np.linalg.svd(own, full_matrices=False)
        alone = ways[:, strength > 1 - 1e-7]
        if alone.shape[1]:
            found[viewer] = alone.shape[1]
            said = alone.T @ ((left.T @ sums) / size)
            error = max(error, float(np.abs(said - alone.T @ own @ truth[viewer]).max()))
    return Given(found, error)


def search(session, least, masked=False, seconds=30):
    """Return who is given away by all that is told at `least`, and at one and two more.

    `masked`: figures of the viewers themselves, those of fewer than `least` left out, instead.
    """
    rows, sums = [], []
    for each in (least, least + 1, least + 2):
        tables = SessionTables(session, 1 if masked else each)
        figures = [figure for figure in told(tables, seconds) if figure.many >= each]
        coefficients, right = equations(tables, figures, seconds)
        rows.append(coefficients)
        sums.append(right)
    truth = np.nan_to_num(SessionTables(session).grid().share.astype(float))[:, :seconds]
    return given_away(np.vstack(rows), np.concatenate(sums), truth), sum(map(len, sums))


def narrowest(session, least, seconds):
    """Return the narrowest span that all sums told leave to a viewer's second, or to its mean.

    What is used is more than any output holds: each cohort's rounded sums, at `least` and at one
    and two more.
    """
    upper, lower, known = [], [], set()
    for each in (least, least + 1, least + 2):
        tables = SessionTables(session, each)
        grid, stand_ins, first = tables.everyone.grid(), tables.grid(), 0
        last, places = held(grid.scored), np.arange(len(grid.ids))
        for cohort in tables.cohorts:
            many = len(cohort.members)
            whole = np.nansum(stand_ins.share[first : first + many], axis=0).round()
            first += many
            for step in np.flatnonzero(cohort.shown[:seconds]):
                row = np.zeros((len(places), seconds))
                row[cohort.members, last[cohort.members, step]] = 1
                upper.append((row.ravel(), whole[step] + 1))
                lower.append((-row.ravel(), -whole[step]))
                known |= {(int(v), int(last[v, step])) for v in cohort.members}
    if not upper:
        return None
    rows, bounds = (np.array(part) for part in zip(*upper, *lower, strict=True))
    targets = [np.eye(1, rows.shape[1], v * seconds + t)[0] for v, t in sorted(known)]
    for viewer in sorted({v for v, _ in known}):
        target = np.zeros((len(places), seconds))
        target[viewer, [t for v, t in known if v == viewer]] = 1
        targets.append(target.ravel() / target.sum())
    spans = []
    for target in targets:
        ends = [
            linprog(sign * target, rows, bounds, bounds=(0, 1), method="highs").fun * sign
            for sign in (1, -1)
        ]
        spans.append(ends[1] - ends[0])
    return min(spans)
