"""Whether `laughtrack compare` finds what differs, and only that: a table by simulation.

``python -m tests.bench.comparisons``, from the project's folder.

Pairs of pretend audiences see two cuts of two minutes. Either both are the same, or one scene of
12 s with four jokes is funnier in the second by a known amount. A row for each kind of audience:
how often any stretch seemed to differ where none did, with whole blocks of neighbours permuted
and with single viewers; how often the funnier scene was found, and how often another stretch with
it; how often the 95 % interval of the difference of the share smiling held the true one, 0.
"""

import argparse

import numpy as np

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import Settings, compare
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.pretend import Room, session

SCENE = (55.0, 58.0, 61.0, 64.0)
FROM_S, TO_S = 53.0, 67.0
ELSEWHERE = ((20.0, 0.5), (95.0, 0.3))
SAME, LESS, MORE = 0.4, 0.15, 0.75


def room(viewers, contagion, strength, seed):
    """Return the tables of a session whose viewers laugh so much in the scene."""
    jokes = ELSEWHERE + tuple((t_s, strength) for t_s in SCENE)
    made = Room(viewers=viewers, jokes=jokes, contagion=contagion, seed=seed)
    return SessionTables(session(made, rate_hz=5.0, name=f"cut {seed}"))


def row(viewers, contagion, runs, count):
    """Return the rates of one kind of audience, in [0, 1]."""
    seen = []
    for run in range(runs):
        same = [room(viewers, contagion, SAME, 10_000 + 2 * run + k) for k in (0, 1)]
        differ = [
            room(viewers, contagion, s, 50_000 + 2 * run + k) for k, s in enumerate((LESS, MORE))
        ]
        blocks, single = (
            compare(*same, by_film_time(*same), settings=Settings(draws=count, block=block))
            for block in (None, 1)
        )
        other = compare(*differ, by_film_time(*differ), settings=Settings(draws=count)).clusters
        other = other[other["p"] <= 0.05]
        inside = (other["a_end_s"] > FROM_S) & (other["a_start_s"] < TO_S)
        share = blocks.scores.iloc[0]
        seen.append(
            (
                blocks.clusters["p"].min() <= 0.05,
                single.clusters["p"].min() <= 0.05,
                inside.any(),
                (~inside).any(),
                share["low"] <= 0 <= share["high"],
                (blocks.scores["p_holm"] <= 0.05).any(),
            )
        )
    return np.mean(seen, axis=0)


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--count", type=int, default=500, help="permutations and draws")
    asked = parser.parse_args(argv)
    head = ("false alarm", "single viewers", "scene found", "another too", "interval", "any score")
    print(f"{'viewers':>8}{'contagion':>11}" + "".join(f"{name:>16}" for name in head))
    for viewers in (10, 30, 100):
        for contagion in (0.0, 0.4, 0.8):
            rates = row(viewers, contagion, asked.runs, asked.count)
            text = "".join(f"{rate:16.1%}" for rate in rates)
            print(f"{viewers:8d}{contagion:11.1f}{text}", flush=True)


if __name__ == "__main__":
    main()
