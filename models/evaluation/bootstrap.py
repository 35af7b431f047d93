"""How sure a figure is: intervals from resampling people."""

from __future__ import annotations

import numpy as np

DRAWS = 1000
_AT_ONCE = 2_000_000  # counts held in memory: 16 MB


def with_intervals(metrics, people, draws=DRAWS, seed=0):
    """Work out figures, each with a 95 % bootstrap interval.

    People are drawn, with all their pictures: pictures of one person are alike, and drawing each
    by itself would make a figure look surer than it is. An interval is the middle 95 % of the drawn
    figures, moved so that their median is the figure itself: drawing adds noise, and some figures
    (a calibration error) grow with noise.

    Parameters
    ----------
    metrics : dict of function
        From counts, ndarray of shape (N,) or (B, N), to a float or ndarray of shape (B,): how often
        each face counts, in one sample or in B. Figures lie in [0, 1]; NaN where there is none.
    people : sequence of N names, or of anything that tells people apart
    draws : int
    seed : int
        The same seed gives the same intervals.

    Returns
    -------
    dict of list
        By metric: the figure, low, high; None where there is none. A single person, or a figure
        that most samples don't have, leaves low and high None.
    """
    _, person = np.unique(np.asarray(people), return_inverse=True)
    figures = {name: metric(np.ones(len(person))) for name, metric in metrics.items()}
    drawn = {name: [] for name in metrics}
    crowd = int(person.max()) + 1 if len(person) else 0
    if crowd > 1:
        rng = np.random.default_rng(seed)
        step = max(1, _AT_ONCE // len(person))
        for start in range(0, draws, step):
            size = min(step, draws - start)
            counts = rng.multinomial(crowd, np.full(crowd, 1 / crowd), size=size)
            counts = counts[:, person].astype(float)
            for name, metric in metrics.items():
                drawn[name].append(metric(counts))
    return {name: _row(figures[name], drawn[name]) for name in metrics}


def _row(figure, drawn):
    if np.isnan(figure):
        return [None, None, None]
    drawn = np.concatenate(drawn) if drawn else np.zeros(0)
    there = drawn[~np.isnan(drawn)]
    if not len(there) or 2 * len(there) < len(drawn):
        return [round(float(figure), 4), None, None]
    ends = np.quantile(there, [0.025, 0.975]) - np.median(there) + figure
    ends = np.clip(ends, 0, 1)
    return [round(float(value), 4) for value in (figure, *ends)]
