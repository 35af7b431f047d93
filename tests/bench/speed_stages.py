"""What each stage of a look spends, in whichever thread, so that all of them add up to the whole.

Stages are functions that are replaced, for the time of a measurement, by ones that take the time.
What a stage spends in another one counts there alone.
"""

import threading
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from unittest import mock

from laughtrack.cli.recordings import recording
from laughtrack.edge.faces import finder, net, net_finder
from laughtrack.edge.pipeline import frame_pipeline, printed_faces, session_pipeline, viewer_looks
from laughtrack.edge.smile import crops, smilenet
from laughtrack.edge.sources import frames
from laughtrack.tracker import tracker

# In the thread that finds and follows: name, where, attribute. A stage's parts stand below it.
FOLLOWING = (
    ("finding faces: first look", net.FinderNet, "find"),
    ("finding faces: second look", net.FinderNet, "_judged"),
    ("finding faces: cuts, and the rest", net_finder.NetFinder, "find"),
    ("finding faces: cascades", finder.Finder, "find"),
    ("knowing viewers again", viewer_looks.ViewerLooks, "compare"),
    ("knowing viewers again", viewer_looks.ViewerLooks, "observe"),
    ("telling posters", printed_faces.PrintedFaces, "observe"),
    ("following viewers", tracker.Tracker, "expected"),
    ("following viewers", tracker.Tracker, "update"),
    ("packing and storing", session_pipeline.SessionPipeline, "add_result"),
    ("packing and storing", recording, "append"),
    ("packing and storing", recording, "finish"),
)
# In the thread that scores.
SCORING = (
    ("cropping", frame_pipeline, "crop_faces"),
    ("judging quality", frame_pipeline, "quality"),
    ("telling covered mouths", crops, "mouth_is_hidden"),
    ("scoring smiles", smilenet.Scorer, "__call__"),
    ("smoothing, and the rest", session_pipeline.SessionPipeline, "score"),
)
WAITING = "waiting for a frame"


class Spent(NamedTuple):
    """Seconds."""

    processor_s: float
    wall_s: float

    @classmethod
    def now(cls):
        """What the process spent until now."""
        return cls(time.process_time(), time.perf_counter())

    def less(self, other):
        """The difference."""
        return Spent(self.processor_s - other.processor_s, self.wall_s - other.wall_s)

    def plus(self, other):
        """The sum."""
        return Spent(self.processor_s + other.processor_s, self.wall_s + other.wall_s)

    def per(self, count):
        """Divided."""
        return Spent(self.processor_s / count, self.wall_s / count)


class Stages:
    """What was spent, by stage."""

    def __init__(self):
        self._spent = defaultdict(lambda: Spent(0.0, 0.0))
        self._within = threading.local()
        self._thread_s = 0.0

    def restart(self):
        """Forget what was counted; from the thread that finds and follows."""
        self._spent.clear()
        self._thread_s = time.thread_time()

    def timed(self, name, function):
        """The function, which takes the time of what it does itself."""

        def call(*args, **named):
            outer = getattr(self._within, "parts", None)
            self._within.parts = [Spent(0.0, 0.0)]
            before = Spent(time.thread_time(), time.perf_counter())
            try:
                return function(*args, **named)
            finally:
                took = Spent(time.thread_time(), time.perf_counter()).less(before)
                own = took.less(self._within.parts[0])
                self._spent[name] = self._spent[name].plus(own)
                self._within.parts = outer
                if outer is not None:
                    outer[0] = outer[0].plus(took)

        return call

    def finish(self, whole):
        """Stages in order, with what is left of the whole: the reader's threads, and our own rest.

        Called from the thread that finds and follows.
        """
        found = {name: self._spent[name] for name, *_ in FOLLOWING if name in self._spent}
        beside = {name: self._spent[name] for name, *_ in SCORING if name in self._spent}
        waited = self._spent[WAITING]
        known, scored = (sum_of(each) for each in (found, beside))
        own_s = time.thread_time() - self._thread_s
        rest = whole.less(known).less(waited).wall_s
        reading_s = whole.processor_s - own_s - scored.processor_s
        return {
            "reading and decoding, in their threads": Spent(reading_s, waited.wall_s),
            **found,
            "the loop, and waiting for the scorer": Spent(own_s - known.processor_s, rest),
            **{f"beside: {name}": Spent(each.processor_s, 0.0) for name, each in beside.items()},
        }


def sum_of(stages):
    """All of some stages."""
    total = Spent(0.0, 0.0)
    for each in stages.values():
        total = total.plus(each)
    return total


@contextmanager
def measured():
    """Have a replay's stages take their time; give `Stages`."""
    stages = Stages()

    def waiting(self, read=frames.Source.__iter__):
        source = read(self)
        while True:
            frame = stages.timed(WAITING, next)(source, None)
            if frame is None:
                return
            yield frame

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(frames.Source, "__iter__", waiting))
        for name, where, attribute in (*FOLLOWING, *SCORING):
            function = getattr(where, attribute)
            instead = stages.timed(name, function)
            stack.enter_context(mock.patch.object(where, attribute, instead))
        yield stages
