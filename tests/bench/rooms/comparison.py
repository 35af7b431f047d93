"""Does a comparison find what differs, and only that, in rooms where smiles spread? A table.

    python -m tests.bench.rooms.comparison [--pairs 300] [--seed 1] [--cells "30 quiet"]

Two audiences of one room see the same show, so that all true differences are 0; or the same show
is seen by a room of a tenth as many, in which a stretch of 15 s is less funny. *Alarm*: per cent of
pairs in which some stretch has p <= 0.05; *score*: some score has, corrected; a name: per cent of
pairs whose 95 % interval of that score's difference holds 0; *band*: of seconds, the curve's;
*whole*, *whole, cut*: of pairs, the band of all seconds, with the same show and with that stretch.
*Found*: the stretch that is less funny to fewer. Behind a stroke: per cent withheld.
"""

import argparse
import time

import numpy as np

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import Settings, compare
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.__main__ import summary
from tests.bench.rooms.case import CONTAGION, SECONDS
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import record
from tests.bench.rooms.room import Room, jokes
from tests.bench.rooms.truth import as_looked, truth
from tests.bench.tables import say, table

VIEWERS = ((6, 6), (10, 10), (30, 30), (100, 100), (12, 100))
PER_SHOW, TRUE_COPIES = 10, 60
# Jokes of this stretch lose this part of their strength in the cut that a few see.
FROM_S, TO_S, LOST = 100.0, 160.0, 0.8


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=300, help="in each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500, help="permutations and draws")
    parser.add_argument("--cells", default="", help="only those whose names hold these words")
    options = parser.parse_args(argv)
    lines = []
    for many in VIEWERS:
        for spread, contagion in CONTAGION.items():
            for lively in (True, False):
                mood = "lively" if lively else "quiet"
                name = f"{many[0]} and {many[1]} viewers {spread} {mood}"
                if not set(options.cells.split()) <= set(name.split()):
                    continue
                begun, found = time.time(), {}
                for pair, true in pairs(many, contagion, lively, options):
                    for key, value in judged(*pair, true, options.count).items():
                        found.setdefault(key, []).append(None if np.isnan(value) else value)
                row = {key: summary(values) for key, values in found.items()}
                lines.append([name, *row.values()])
                say(f"{name} ({time.time() - begun:.0f} s): {row}")
    if lines:
        print(table(["rooms", *row], lines))


def pairs(many, contagion, lively, options):
    """Yield (A, B, A at a cut that is less funny in a stretch), as session tables, and the true
    difference of the last and B at each moment."""
    for first in range(0, options.pairs, PER_SHOW):
        show = options.seed * 1000 + first // PER_SHOW
        room = Room(many[1], SECONDS, contagion, lively, True, show)
        shown = jokes(room)
        less = tuple((t, s * (1 - LOST) if FROM_S <= t < TO_S else s) for t, s in shown)
        rooms = (
            room._replace(viewers=many[0], only=shown),
            room,
            room._replace(viewers=many[0], only=less),
        )
        drawn = [audiences(each, PER_SHOW, 10 * options.seed + k) for k, each in enumerate(rooms)]
        known = [truth(audiences(each, TRUE_COPIES, 10 * options.seed + 9)) for each in rooms[1:]]
        for copy in range(PER_SHOW):
            made = [SessionTables(record(each, copy).session) for each in drawn]
            there = (
                as_looked(each, tables.readings["t_s"].unique())[:, 0]
                for each, tables in zip(known, made[1:], strict=True)
            )
            yield made, -np.subtract(*there)


def judged(a, b, less, true, count):
    """Return what a pair's comparison said, 1 or 0 each, NaN for what was withheld."""
    same, other = (
        compare(each, b, by_film_time(each, b), settings=Settings(draws=count))
        for each in (a, less)
    )
    p = same.clusters["p"]
    withheld = len(p) > 0 and p.isna().all()
    out = {
        "alarm": np.nan if withheld else float((p <= ALPHA).any()),
        "score": float((same.scores["p_holm"] <= ALPHA).any()),
    }
    scores = same.scores.set_index("score")
    inside = (scores["low"] <= 0) & (scores["high"] >= 0)
    for name in scores.index:
        out[name] = float(inside[name]) if np.isfinite(scores.at[name, "low"]) else np.nan
    known = same.curve["low"].notna()
    held = (same.curve["low"] <= 1e-9) & (same.curve["high"] >= -1e-9)
    out["band"] = float(held[known].mean())
    out["whole"] = whole(same.curve, 0.0)
    out["whole, cut"] = whole(other.curve, true[: len(other.curve)])
    hit = (other.clusters["higher"] == "B") & (other.clusters["p"] <= ALPHA)
    hit &= (other.clusters["a_end_s"] > FROM_S) & (other.clusters["a_start_s"] < TO_S + 5)
    out["found"] = float(hit.any())
    return out


def whole(curve, true):
    """Return whether the band of all seconds holds all of the truth, NaN where there is none."""
    known = curve["all_low"].notna()
    held = (curve["all_low"] <= true + 1e-9) & (curve["all_high"] >= true - 1e-9)
    return float(held[known].all()) if known.any() else np.nan


if __name__ == "__main__":
    main()
