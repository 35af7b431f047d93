"""How often the synchrony's interval holds the truth and its null cries wolf, beside BrainIAK's.

Prints two tables of pretend audiences; some minutes on two cores.
``python -m tests.bench.synchrony_cover``, from the project's folder.
"""

import numpy as np

from laughtrack.analytics.audience.synchrony import _intervals
from laughtrack.analytics.stats.correlation import centre, leave_one_out, mean_correlation
from laughtrack.analytics.stats.isc_jackknife import isc_jackknife
from laughtrack.analytics.stats.nulls.circular_shift import shift_null
from tests.analytics import pretend
from tests.analytics.timeshift import timeshift_null

SECONDS = 300
JOKES = tuple((15.0 + 25 * k, (0.5, 0.8, 0.3, 0.2, 0.6)[k % 5]) for k in range(11))
AUDIENCES = 300
SHIFTS = 199


def audience(viewers, jokes, seed):
    """Return the (V, T) degrees of a pretend audience."""
    room = pretend.Room(viewers, SECONDS, jokes, at_rest=0.04 if jokes else 0.1, seed=seed)
    noise = np.random.default_rng([seed, 7]).normal(0, 0.02, (viewers, SECONDS))
    return 0.1 + 0.75 * pretend.smiling(room) + noise


def coverage(viewers):
    """Return in what part of audiences of one film each 95 % interval holds the usual figure."""
    ours, naive, figures = [], [], []
    rng = np.random.default_rng(viewers)
    for seed in range(AUDIENCES):
        timelines = centre(audience(viewers, JOKES, seed))
        found = leave_one_out(timelines, SECONDS)
        row = _intervals(found, *isc_jackknife(timelines, SECONDS, found)).iloc[-1]
        figures.append(row["isc"])
        ours.append((row["low"], row["high"]))
        drawn = mean_correlation(found[-1][rng.integers(0, viewers, (1000, viewers))])
        naive.append(np.percentile(drawn, [2.5, 97.5]))
    truth = mean_correlation(np.array(figures))
    return [np.mean([low <= truth <= high for low, high in each]) for each in (ours, naive)]


def false_alarms(viewers):
    """Return in what part of audiences without a film each null has p of at most 0.05."""
    hits = []
    for seed in range(AUDIENCES):
        values = audience(viewers, (), seed)
        timelines = centre(values)
        observed = mean_correlation(leave_one_out(timelines, SECONDS)[-1])
        chances = (
            shift_null(timelines, SECONDS, SHIFTS, seed)[:, -1],
            timeshift_null(values, SHIFTS, seed),
        )
        hits.append([1 + (chance >= observed).sum() <= 0.05 * (1 + SHIFTS) for chance in chances])
    return np.mean(hits, axis=0)


def main():
    """Print the tables."""
    print(f"{'95 % intervals that hold the truth':40}{'ours':>8}{'BrainIAK':>10}")
    for viewers in (5, 10, 30, 100):
        print(f"{viewers:>6} viewers{'':26}" + "{:8.1%}{:10.1%}".format(*coverage(viewers)))
    print(f"{'false alarms at the 5 % level':40}{'ours':>8}{'BrainIAK':>10}")
    for viewers in (5, 10, 30):
        print(f"{viewers:>6} viewers{'':26}" + "{:8.1%}{:10.1%}".format(*false_alarms(viewers)))


if __name__ == "__main__":
    main()
