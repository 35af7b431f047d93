"""Missing numbers, told while batches come in any order."""

import itertools
import random

import pytest

from laughtrack.analytics.ingest.missing_batches import MissingBatches, format_spans
from tests.analytics.store_batches import batch

PAIR = ("friday", "cam")


def gaps(stored=(), last=False):
    """Return gaps over a store that held these numbers before."""
    return MissingBatches(lambda pairs: {pair: (dict.fromkeys(stored), last) for pair in pairs})


@pytest.mark.parametrize("seed", range(20))
def test_spans_are_those_of_the_plain_way(seed):
    """In whatever order numbers come, the spans are those of the set of missing ones."""
    rng = random.Random(seed)
    came = set(rng.sample(range(60), 10))
    ours = gaps(came)
    for _ in range(60):
        seq = rng.randrange(60)
        came.add(seq)
        ours.update([batch(seq)])
        missing = set(range(max(came))) - came
        spans = ours.missing(PAIR)
        assert {n for first, last in spans for n in range(first, last + 1)} == missing
        assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(spans))


# Numbers as they come (a * for the session's last batch), and after which the session is whole.
LAST = [
    # In order.
    ([0, 1, "2*"], [2]),
    # The last one early.
    ([0, "2*", 1], [2]),
    # Repeated after it was whole.
    (["0*", "0*", "0*"], [0]),
    # Never told to be the last.
    ([0, 1, 2], []),
    # One is missing for good.
    ([0, "2*", "2*"], []),
]


@pytest.mark.parametrize(("numbers", "when"), LAST)
def test_whole_is_said_once(numbers, when):
    """A session is whole when its last batch and all before it have come."""
    ours, said = gaps(), []
    for turn, each in enumerate(numbers):
        last = str(each).endswith("*")
        one = batch(int(str(each).strip("*")), info={"complete": True} if last else {})
        if ours.update([one])[1] == [PAIR]:
            said.append(turn)
    assert said == when


def test_last_batch_of_before_is_known():
    """The missing batch that comes after a restart makes the session whole."""
    assert gaps([0, 2], last=True).update([batch(1)]) == ([], [PAIR])


def test_devices_stay_apart():
    """Each device of a session has numbers of its own."""
    ours = gaps()
    changed, _ = ours.update([batch(1, device="a"), batch(0, device="b"), batch(2, device="c")])
    assert changed == [("friday", "a"), ("friday", "c")]
    assert ours.missing(("friday", "b")) == ours.missing(("x", "y")) == []


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        ([], ""),
        ([(3, 3)], "3"),
        ([(0, 4), (6, 6)], "0-4, 6"),
        ([(n, n) for n in range(0, 22, 2)], "0, 2, 4, 6, 8, 10, 12, 14 and 3 more"),
    ],
)
def test_format_spans(spans, text):
    """Many spans are cut short."""
    assert format_spans(spans) == text
