"""Do the audience page's intervals hold what they say? Pretend audiences, whose truth is known.

    python -m tests.bench.coverage [--audiences 1000] [--seconds 300]

Each audience has its own jokes, share at rest and viewers; neighbours' moods correlate by
`contagion`. The truth is the share that all such viewers would show. "Naive" is what is often done:
the percentile bootstrap over viewers for each step, and for whole sessions Wilson's band at each
step as if viewers were strangers. Whole curves without a band are left out.
"""

import argparse
import time

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.bands import bands
from laughtrack.analytics.audience.peak_tests import with_certainty
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.timelines.bins import BIN_S
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.seating import NOWHERE
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend

VIEWERS = (10, 30, 100)
CONTAGION = (0.0, 0.6)
# Sessions pretended for each of which a peak is tested at 5 %.
SESSIONS = 400


def show(seconds, rng):
    """Return jokes at random, a few a minute."""
    times = np.cumsum(rng.uniform(10, 30, int(seconds / 10) + 1))
    return tuple((t_s, rng.uniform(0.1, 0.9)) for t_s in times[times < seconds - 3])


def audience(room):
    """Return a room's grid of whole seconds and its seats; everybody is always in view."""
    on = pretend.smiling(room)
    viewer = np.arange(room.viewers)
    row, place = np.divmod(viewer, pretend.PER_ROW)
    seats = pd.DataFrame({"viewer_id": viewer + 1, "row": row, "place": place, "width": 1.0})
    seats = seats.assign(x=2.0 * place + row % 2, y=2.0 * row)
    share = on.astype(np.float32)
    noise = np.random.default_rng([room.seed, 2]).normal(0, 0.05, on.shape)
    raw = np.clip(np.where(on, 0.85, 0.1) + noise, 0, 1).astype(np.float32)
    ones = np.ones(on.shape, dtype=np.float32)
    return Grid(viewer + 1, 1.0, ones, share, raw, raw, ones > 0, ones[0] > 0), seats


def held(room):
    """Return whether an audience's bands held the truth: two parts of steps, three whole curves."""
    table, seats = audience(room)
    truth = pretend.share(room, table.t_s + 0.5)
    apart = seats.assign(row=NOWHERE, place=NOWHERE)
    found, plain = (
        bands(table, draws(table.share, each, seed=room.seed)) for each in (seats, apart)
    )

    def inside(low, high):
        return (low <= truth) & (truth <= high)

    def whole(table):
        known = table["share_all_low"].notna()
        held = inside(table["share_all_low"], table["share_all_high"])
        return float(held[known].all()) if known.any() else np.nan

    rng = np.random.default_rng([room.seed, 3])
    weights = rng.multinomial(room.viewers, np.full(room.viewers, 1 / room.viewers), 500)
    naive = np.quantile(weights @ table.share / room.viewers, [0.025, 0.975], axis=0)
    return (
        inside(found["share_low"], found["share_high"]).mean(),
        inside(*naive).mean(),
        whole(found),
        inside(plain["share_low"], plain["share_high"]).all(),
        whole(plain),
    )


def is_peak(room):
    """Return whether some peak of a session passes for more than chance at 5 %."""
    tables = SessionTables(pretend.session(room, rate_hz=1 / BIN_S))
    taken = draws(tables.grid().share, tables.seats, count=50)
    found = with_certainty(peaks(tables), tables, taken, SESSIONS)
    return bool((found["p_value"] <= 0.05).any())


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audiences", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=300, help="with a joke, a figure")
    parser.add_argument("--seconds", type=float, default=300.0)
    options = parser.parse_args(argv)
    print(
        f"{options.audiences} audiences a row, {options.seconds:g} s; per cent that hold the truth"
    )
    print("viewers contagion  steps  naive   curves  naive  strangers")
    for viewers in VIEWERS:
        for contagion in CONTAGION:
            begun, rows = time.time(), []
            for seed in range(options.audiences):
                rng = np.random.default_rng([seed, 4])
                jokes, rest = show(options.seconds, rng), rng.uniform(0.02, 0.08)
                rows.append(
                    held(pretend.Room(viewers, options.seconds, jokes, contagion, rest, seed=seed))
                )
            found = 100 * np.nanmean(np.array(rows, dtype=float), axis=0)
            print(
                f"{viewers:7} {contagion:9} {found[0]:6.1f} {found[1]:6.1f}   {found[2]:6.1f} "
                f"{found[3]:6.1f} {found[4]:10.1f}   ({time.time() - begun:.0f} s)",
                flush=True,
            )
    print(
        f"\nper cent of sessions with a peak that passes at 5 %: {options.audiences} without a "
        f"joke, {options.sessions} with one that so many smile at"
    )
    print("viewers contagion   none   15 %   25 %   40 %")
    for viewers in VIEWERS:
        for contagion in CONTAGION:
            passed = [
                np.mean(
                    [
                        is_peak(pretend.Room(viewers, 200.0, jokes, contagion, 0.08, seed=seed))
                        for seed in range(options.sessions if jokes else options.audiences)
                    ]
                )
                for jokes in ((), *(((100.0, strength),) for strength in (0.15, 0.25, 0.4)))
            ]
            said = " ".join(f"{100 * each:6.1f}" for each in passed)
            print(f"{viewers:7} {contagion:9} {said}", flush=True)


if __name__ == "__main__":
    main()
