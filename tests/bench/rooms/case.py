"""One session whose truth is known, as the measures take it, and the cells of the table."""

from functools import cached_property
from itertools import product

from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.laughs import Audiences, audiences
from tests.bench.rooms.recording import Camera, record
from tests.bench.rooms.room import Room
from tests.bench.rooms.truth import Truth, as_looked, truth

VIEWERS = (10, 30, 100, 300)
CONTAGION = {"independent": 0.0, "contagious": 0.25, "strongly": 0.55}
MOODS, PARTIES = ("lively", "quiet"), ("one", "several")
SECONDS, PER_SHOW = 300.0, 30
# Audiences that a truth is taken from: of so many viewers in all, but so many audiences.
OF_VIEWERS, LEAST_COPIES, MOST_COPIES = 6000, 60, 400


class Case:
    """A session and its truth.

    `drawn` are the audiences of the room at the show, `copy` which of them this is; `truth` is
    theirs. `tables` are made when first asked for.
    """

    def __init__(self, drawn: Audiences, copy: int, known: Truth, camera: Camera | None = None):
        self.drawn, self.copy, self.truth = drawn, copy, known
        self.room = drawn.room
        self.seed = [drawn.room.show, copy]
        self._camera = camera

    @cached_property
    def recording(self):
        """The session as recorded, and whose each ID is."""
        return record(self.drawn, self.copy, self._camera)

    @cached_property
    def tables(self):
        """The session's tables."""
        return SessionTables(self.recording.session)

    @cached_property
    def curve(self):
        """The true curve of the moments looked at: (S, 2) share and degree."""
        return as_looked(self.truth, self.recording.session.readings["t_s"].unique())


def cells(pattern: str = "") -> dict[str, Room]:
    """Return the rooms of the table by name, those that hold all words of `pattern`."""
    found = {
        f"{viewers} viewers, {spread}, {mood}, {parties}": Room(
            viewers, SECONDS, CONTAGION[spread], mood == "lively", parties == "several"
        )
        for parties, mood, spread, viewers in product(PARTIES, MOODS, CONTAGION, VIEWERS)
    }
    words = pattern.replace(",", " ").split()
    return {name: room for name, room in found.items() if set(words) <= set(_words(name))}


def _words(name: str) -> list[str]:
    return name.replace(",", " ").split()


def cases(room: Room, sessions: int, seed: int, camera: Camera | None = None):
    """Yield so many sessions of a cell, `PER_SHOW` of each show; another seed has other shows."""
    copies = min(max(OF_VIEWERS // room.viewers, LEAST_COPIES), MOST_COPIES)
    for first in range(0, sessions, PER_SHOW):
        show = seed * 1000 + first // PER_SHOW
        drawn = audiences(room._replace(show=show), copies, seed)
        known = truth(drawn)
        for copy in range(min(PER_SHOW, sessions - first)):
            yield Case(drawn, copy, known, camera)
