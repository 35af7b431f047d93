"""The trackers on pretend seated audiences, at all frames, at some of them, and at odd steps."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot.trackeval_scores import MotScores, combine, evaluate
from tests.bench.audiences import FPS, SCENES, film
from tests.bench.peer_settings import HAAR, PUBLISHED, SETTINGS
from tests.bench.peers import OURS, TRACKERS, run
from tests.bench.tables import say, table

# Whoever sits is remembered with profit: Haar's scores with a short memory are left out.
TRIED = [one for one in SETTINGS if one != HAAR]
# A setting is chosen on so much of the first audience, or half; where absences are long, on more.
CHOOSE_S = 120.0
CHOOSE_LONGER_S = {"leaving for minutes": 360.0}
CEILING = "ceiling"
# Frames of 1/30 s between looks, least and most.
STEPS = {"every frame": (1, 1), "every 2nd": (2, 2), "every 5th": (5, 5), "1 to 6": (1, 6)}
THINNED = "seated", "dropping out for 2-60 s"


class Row(NamedTuple):
    """One tracker in one scene, all seeds together."""

    setting: str
    scores: MotScores
    viewer_hours: float


def measure(names, seeds, seconds=None, jobs=1):
    """Run trackers in every scene.

    Parameters
    ----------
    names : list of str
        Of `TRACKERS`.
    seeds : list of int
        The first one chooses each peer's setting, by IDF1.
    seconds : float, optional
        Length of a scene; each scene's own when not given.
    jobs : int
        So many scenes at a time.

    Returns
    -------
    dict
        Scene to a dict of tracker, or "ceiling", to `Row`.
    """
    length = {} if seconds is None else {"seconds": seconds}
    makers = {scene: partial(make, **length) for scene, make in SCENES.items()}
    rates = {scene: FPS / np.mean(make.args[0].steps) for scene, make in SCENES.items()}
    return _together(makers, rates, names, seeds, jobs)


def measure_steps(names, seeds, seconds=120.0, jobs=1):
    """Run trackers in two scenes with other steps between looks: as `measure`."""
    makers, rates = {}, {}
    for scene in THINNED:
        for title, steps in STEPS.items():
            plan = SCENES[scene].args[0]._replace(steps=steps)
            makers[f"{scene}, {title}"] = partial(film, plan, seconds=seconds)
            rates[f"{scene}, {title}"] = FPS / np.mean(steps)
    return _together(makers, rates, names, seeds, jobs)


def _together(makers, rates, names, seeds, jobs):
    """Run scenes, some at a time: no time is measured here."""
    one = partial(_scene, names=names, seeds=seeds)
    with ProcessPoolExecutor(jobs) as pool:
        rows = pool.map(one, makers, makers.values(), rates.values())
        return dict(zip(makers, rows, strict=True))


def _scene(scene, make, rate, names, seeds):
    audiences = [make(seed) for seed in seeds]
    hours = sum(_viewer_hours(*audience) for audience in audiences)
    judged = [evaluate(truth, ceiling(looks, truth)) for looks, truth in audiences]
    rows = {CEILING: Row("", combine(judged), hours)}
    for name in names:
        setting = PUBLISHED if name == OURS else _chosen(scene, name, audiences[0], rate)
        say(f"{scene}: {name}, {setting.name}")
        judged = [_judged(name, setting, audience, rate) for audience in audiences]
        rows[name] = Row(setting.name, combine(judged), hours)
    return rows


def _chosen(scene, name, audience, rate):
    """Return the setting of the best IDF1 in the first part of an audience."""
    half_s = audience[0][-1][0] / 2
    end_s = CHOOSE_LONGER_S.get(scene, min(CHOOSE_S, half_s))
    looks = [look for look in audience[0] if look[0] < end_s]
    part = looks, {k: audience[1][k] for k in range(len(looks))}
    idf1 = {}
    for setting in TRIED:
        say(f"{scene}: trying {name}, {setting.name}")
        idf1[setting] = combine([_judged(name, setting, part, rate)]).idf1
    return max(idf1, key=idf1.get)


def _judged(name, setting, audience, rate):
    looks, truth = audience
    return evaluate(truth, run(TRACKERS[name], looks, rate, setting)[0])


def ceiling(looks, truth):
    """Give each true detection its true ID: what a perfect tracker makes of these detections."""
    result = {}
    for k, (_, boxes, _) in enumerate(looks):
        ids, true_boxes = truth[k]
        alike = overlap(true_boxes, boxes)
        rows, columns = linear_sum_assignment(-np.where(alike >= 0.5, alike, 0))
        good = alike[rows, columns] >= 0.5
        result[k] = np.asarray(ids)[rows[good]], boxes[columns[good]]
    return result


def _viewer_hours(looks, truth):
    """How long faces were in view, all together; the first look lasts as long as the second."""
    times = np.array([look[0] for look in looks])
    steps_s = np.diff(times, prepend=2 * times[0] - times[1])
    return sum(len(truth[k][0]) * step_s for k, step_s in enumerate(steps_s)) / 3600


def report(rows, title):
    """Return a Markdown table of the scenes that `measure` gave, with the peers' best."""
    heads = "scene", "tracker", "setting", "HOTA", "IDF1", "below ceiling", "switches"
    heads += "a viewer-hour", "IDs given", "true IDs"
    lines = []
    for scene, trackers in rows.items():
        top = trackers[CEILING].scores.idf1
        for name, row in trackers.items():
            scores = row.scores
            lines.append(
                [
                    scene,
                    name,
                    "" if name == OURS else row.setting,
                    f"{100 * scores.hota:.1f}",
                    f"{100 * scores.idf1:.1f}",
                    f"{100 * (top - scores.idf1):.1f}",
                    scores.switches,
                    f"{scores.switches / row.viewer_hours:.2f}",
                    scores.result_ids,
                    scores.true_ids,
                ]
            )
    return f"### {title}\n\n" + table(heads, lines)
