"""Are shares put right where the scorer errs? Figures as they are, seen and put right.

    python -m tests.bench.rooms.misread [--sessions 300] [--seed 1] [--cells "30 quiet"]

Scorers are 90 to 97 % right a look; half of what decides on an error is a viewer's own and steady
all evening, the rest lasts half a second. Each session has an error model of its own, as it would
have been measured: a look's errors on 700 smiling and 600 other faces, those of whole smiles on 150
people timed by eye at another show. The truth of reach, rate and peak is what a scorer without
errors gives; that of the average share is the part of the time that such viewers smile.
"""

import argparse
import sys
import time
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from laughtrack.analytics.audience.bands import bands_of
from laughtrack.analytics.audience.correction.corrected_scores import corrected_scores
from laughtrack.analytics.audience.correction.event_errors import event_errors, people_of
from laughtrack.analytics.audience.correction.session_correction import (
    correction,
    with_corrected,
)
from laughtrack.analytics.audience.curve import curve
from laughtrack.analytics.audience.scores import scores
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.proportions import of_share
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.case import cases, cells
from tests.bench.rooms.recording import Camera, record
from tests.bench.tables import say, table

RIGHT = (0.90, 0.93, 0.97)
CAMERA = Camera(looks_per_s=(4.0, 6.0), personal=0.5, error_s=0.5, steadied_s=0.25)
SMILES, OTHERS, TIMED = 700, 600, 150
# The people timed by eye: of other shows than any that is judged.
POOL_SHOWS, POOL_SEED = 6, 900
# Whom the truth of whole smiles and of the peak is of, at each show.
TRUE_VIEWERS = 2000
POOL = "100 viewers, contagious, lively, one"
CELLS = "one"


def error_model(right: float, timed: pd.DataFrame, rng: np.random.Generator) -> dict:
    """Return what would have been measured of a scorer."""
    smiles, others = rng.binomial(SMILES, right) / SMILES, rng.binomial(OTHERS, right) / OTHERS
    people = timed.iloc[rng.choice(len(timed), TIMED, replace=False)]
    return {
        "faces": SMILES + OTHERS,
        "sensitivity": [smiles, *map(float, of_share(smiles, SMILES))],
        "specificity": [others, *map(float, of_share(others, OTHERS))],
        "personal": {"false_smiles": intraclass(1 - right, CAMERA.personal)},
        "events": event_errors(people),
    }


def intraclass(chance: float, personal: float) -> float:
    """Return the correlation of one person's errors whose luck correlates by `personal`."""
    own = ndtri((np.arange(4000) + 0.5) / 4000)
    each = ndtr((ndtri(chance) - np.sqrt(personal) * own) / np.sqrt(1 - personal))
    return float(each.var() / (chance * (1 - chance)))


def without_errors(case, copy: int, steadied_s: float) -> SessionTables:
    """Return one of a room's audiences as a scorer without errors sees it."""
    perfect = CAMERA._replace(sensitivity=1.0, specificity=1.0, steadied_s=steadied_s)
    return SessionTables(record(case.drawn, copy, perfect).session)


def timed_people(camera: Camera) -> pd.DataFrame:
    """Return people whose smiles were timed by eye, as `event_errors.people_of` does."""
    room = cells(POOL)[POOL]._replace(seconds=450.0)
    shows = (case for case in cases(room, POOL_SHOWS * 30, POOL_SEED, camera) if case.copy == 0)
    people = [people_of(case.tables, without_errors(case, 0, 0.0).smiles) for case in shows]
    return pd.concat(people, ignore_index=True)


def truth_of(case) -> dict[str, float | np.ndarray]:
    """Return what all such viewers show a scorer without errors; the average share as it is."""
    curves, rates, reached = [], [], []
    copies = min(TRUE_VIEWERS // case.room.viewers, case.drawn.smiling.shape[1])
    for copy in range(copies):
        tables = without_errors(case, copy, CAMERA.steadied_s)
        own = tables.viewers["smiles_per_min"].dropna()
        rates.append(own.mean())
        reached.append((own > 0).mean())
        curves.append(curve(tables)["share_smiling"].to_numpy()[: int(case.room.seconds) - 1])
    known = {"Reach": float(np.mean(reached)), "Rate": float(np.mean(rates))}
    return {
        "Average share": case.truth.scores["Average share"],
        **known,
        "curve": np.nanmean(curves, axis=0),
    }


def misread(room, right: float, options) -> pd.DataFrame:
    """Return a row a session and figure: true, seen, corrected, whether intervals held."""
    camera = CAMERA._replace(sensitivity=right, specificity=right)
    timed, rows, known, show = timed_people(camera), [], {}, None
    for case in cases(room, options.sessions, options.seed, camera):
        if case.room.show != show:
            known, show = truth_of(case), case.room.show
        rng = np.random.default_rng([*case.seed, options.seed, 6])
        case.tables.info["error_model"] = error_model(right, timed, rng)
        shown, table = figures(case.tables)
        for name in ("Average share", "Reach", "Rate"):
            rows.append((name, known[name], *table.loc[name, FIGURES]))
        rows.append(_at_the_peak(shown, known["curve"]))
    return pd.DataFrame(rows, columns=["figure", "true", *FIGURES])


FIGURES = ["value", "low", "high", "corrected", "corrected_low", "corrected_high"]


def figures(tables: SessionTables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a session's curve and its scores by name, both with what is put right."""
    grid = tables.grid()
    audiences = draws(grid.share, tables.seats)
    right = correction(tables, audiences.lasting)
    bands = bands_of(tables, grid, audiences)
    found = scores(tables, grid, audiences)
    return with_corrected(bands, right), corrected_scores(found, right, tables).set_index("score")


def _at_the_peak(shown: pd.DataFrame, true: np.ndarray) -> tuple:
    """Return the share in the true curve's highest second: no search, no selection."""
    top = int(np.argmax(true[: len(shown)]))
    names = ["share", "share_low", "share_high"]
    row = shown.iloc[top][[*names, *(f"corrected_{name}" for name in names)]]
    return "Share at the peak", float(true[top]), *row.astype(float)


def summed_up(rows: pd.DataFrame) -> list:
    """Return a cell's lines of the table: a figure each."""
    lines = []
    for name, own in rows.groupby("figure", sort=False):
        there = own.dropna(subset=["corrected"])
        near = 1e-9
        kept = (there["corrected_low"] - near <= there["true"]) & (
            there["true"] <= there["corrected_high"] + near
        )
        raw = (own["low"] <= own["true"]) & (own["true"] <= own["high"])
        shown = (own["true"], own["value"], there["corrected"])
        times, digits = (1, 2) if name == "Rate" else (100, 1)
        lines.append(
            [
                name,
                *(f"{times * each.mean():.{digits}f}" for each in shown),
                f"{times * (there['corrected'] - there['true']).mean():.{digits}f}",
                f"{100 * raw.mean():.0f}",
                f"{100 * kept.mean():.1f}",
                f"{times * (there['corrected_high'] - there['corrected_low']).mean():.{digits}f}",
                f"{100 * (1 - len(there) / len(own)):.0f}",
            ]
        )
    return lines


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=300, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default=CELLS, help="only those whose names hold these words")
    parser.add_argument("--right", type=float, nargs="+", default=RIGHT)
    options = parser.parse_args(argv)
    lines = []
    for (name, room), right in product(cells(options.cells).items(), options.right):
        begun = time.time()
        found = summed_up(misread(room, right, options))
        lines += [[name, f"{right:.0%}", *line] for line in found]
        say(f"{name}, {right:.0%} ({time.time() - begun:.0f} s)")
    heads = ["room", "right", "figure", "true", "seen", "corrected", "off", "seen held %"]
    print(table([*heads, "corrected held %", "width", "withheld %"], lines))


if __name__ == "__main__":
    sys.exit(main())
