"""Are a film's peaks those of the film, and not of one hall? A table.

    python -m tests.bench.many_rooms.peaks [--sets 100] [--first N]

Halls of `tests.bench.rooms`' simulator, 30 viewers each. *False*: per cent of sets of halls that
each show a film of their own, so that they have nothing in common, with a peak of p <= 0.05.
*Found*: of sets that show one film with one joke, at which 25 % of usual viewers smile by
themselves, whose peak there has p <= 0.05. *One hall*: of sets of the same in which one hall laughs
as a whole at something of its own a minute later, with a peak of p <= 0.05 there.
"""

import argparse

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.rooms.between_rooms import RoomCurves, film_of
from laughtrack.analytics.rooms.film_bands import bands_of
from laughtrack.analytics.rooms.film_peaks import film_peaks
from laughtrack.analytics.rooms.measures import curve_of
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.many_rooms.films import CAMERA, CONTAGION, JUDGED_FROM, SECONDS
from tests.bench.rooms.laughs import audiences
from tests.bench.rooms.recording import record
from tests.bench.rooms.room import Room
from tests.bench.tables import say, table

ROOMS = (4, 10)
AT_S, STRENGTH, OWN_S, AFTER_S = 60.0, 0.25, 120.0, 5.0


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=100, help="of halls, in each cell")
    parser.add_argument("--first", type=int, default=JUDGED_FROM)
    options = parser.parse_args(argv)
    lines = []
    for rooms in ROOMS:
        for lively in (True, False):
            found = [
                measured(rooms, lively, options.first + number) for number in range(options.sets)
            ]
            told = [f"{100 * each:.1f}" for each in np.mean(found, axis=0)]
            lines.append([rooms, "lively" if lively else "quiet", *told])
            say(lines[-1])
    print(table(["rooms", "films", "false", "found", "one hall"], lines))


def measured(rooms, lively, show):
    """Return whether there was a false peak, whether the joke was found, and one hall's told."""
    own = [Room(30, SECONDS, CONTAGION, lively, True, 1000 * show + k) for k in range(rooms)]
    joke = ((AT_S, STRENGTH),)
    one = [each._replace(only=joke) for each in own]
    loud = [one[0]._replace(only=(*joke, (OWN_S, 0.98))), *one[1:]]
    return (
        len(_sure(own)) > 0,
        _near(_sure(one), AT_S),
        _near(_sure(loud), OWN_S),
    )


def _sure(rooms):
    """Return when the peaks are that count, seconds."""
    starts = np.arange(SECONDS)
    curves = [
        curve_of(
            SessionTables(record(audiences(room, 1, 1), 0, CAMERA).session), starts, starts + 1
        )
        for room in rooms
    ]
    found = RoomCurves(*(np.array([each[at] for each in curves]) for at in (0, 2)))
    film = film_of(found, 3)
    bands = bands_of(film, 100)
    curve = {"t_s": starts, "share_all_low": bands.all_low, "share_all_high": bands.all_high}
    peaks = film_peaks(found, film, pd.DataFrame(curve), 1.0)
    return peaks.loc[peaks["p_value"] <= ALPHA, "t_s"].to_numpy()


def _near(times, at_s):
    return bool(((times >= at_s) & (times <= at_s + AFTER_S)).any())


if __name__ == "__main__":
    main()
