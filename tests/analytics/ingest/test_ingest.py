"""What becomes of a group that arrives: stored once, or set aside with the reason."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from laughtrack.analytics.ingest import batch_ingestor
from laughtrack.analytics.ingest.arrivals import Arrival, device_in
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.store import batches
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.forget import forget
from laughtrack.edge.checked_files import with_content_sum
from laughtrack.edge.readings import to_json
from tests.analytics.store_batches import assert_exact, batch

TOPIC = "laughtrack/hall/cam/timeline"


class IngestorCase:
    """An ingestor with its folders and its remarks."""

    def __init__(self, folder):
        """Make it."""
        self.store, self.quarantine, self.remarks = str(folder / "store"), folder / "quarantine", []
        self.ingestor = BatchIngestor(self.store, Quarantine(self.quarantine), self.remarks.append)

    def ingest(self, *things, device=None):
        """Take a group of batches or payloads."""
        payloads = [each if isinstance(each, bytes) else to_json(each).encode() for each in things]
        self.ingestor.ingest([Arrival(payload, TOPIC, device) for payload in payloads])

    def quarantined(self):
        """Return the payloads set aside with their reasons' texts."""
        return {
            path.read_bytes(): path.with_suffix(".reason.txt").read_text()
            for path in self.quarantine.rglob("*.json")
        }

    def counts(self):
        """Return how many were stored, were repeats, were refused."""
        return self.ingestor.stored, self.ingestor.repeated, self.ingestor.refused


@pytest.fixture
def case(tmp_path):
    """Return an ingestor of its own."""
    return IngestorCase(tmp_path)


def changed(**changes):
    """Return a batch's payload with other fields."""
    return json.dumps({**batch(0)._asdict(), **changes}).encode()


def column(**changes):
    """Return a batch's payload with other values in its first reading."""
    readings = {name: list(values) for name, values in batch(0).readings.items()}
    for name, value in changes.items():
        readings[name][0] = value
    return changed(readings=readings)


BAD = [
    (b"", "not JSON"),
    (b"\xff\xfe\x00", "not JSON"),
    (b"hello", "not JSON"),
    (b"[]", "expected an object, got list"),
    (b"[" * 100_000, "not a batch"),
    (b"{}", "schema is None"),
    (changed(schema=2), "schema is 2: expected 1"),
    (changed(session="a/b"), "session is 'a/b'"),
    (changed(session="../up"), "session is '../up'"),
    (changed(device="x' OR '1'='1"), "device is"),
    (changed(seq=-1), "seq is -1"),
    (changed(seq=2**40), "seq is"),
    (changed(end_s=-1.0), "end_s is -1.0"),
    (changed(end_s=10**400), "not a batch"),
    (changed(end_s=1e300), "expected less than 31 days"),
    (changed(info={"title": "\ud800"}), "surrogates not allowed"),
    (changed(info={"n": float("nan")}), "info cannot be written"),
    (column(t_s=5.0), "t_s is 5.0: expected seconds in the batch's span"),
    (column(x1=2**31), "x1 is"),
    (column(smile=1.5), "smile is 1.5"),
    (changed(info={"title": "x" * 140_000}), "expected 131072 or fewer"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("payload", "reason"), BAD)
def test_bad_batch_is_set_aside_with_the_reason(case, payload, reason):
    """What cannot be stored lies as it came beside why, and holds nobody up."""
    case.ingest(batch(0), payload, batch(1))
    assert_exact(case.store, "friday", 2)
    ((kept, text),) = case.quarantined().items()
    assert kept == payload
    assert text.startswith(f"from: {TOPIC}\ntime: 20")
    assert reason in text
    assert case.counts() == (2, 0, 1)
    assert [reason in line for line in case.remarks] == [True]


def test_bad_batches_alone_make_no_store(case):
    """A group of rubbish leaves no trace in the store."""
    case.ingest(b"rubbish")
    assert not Path(case.store).exists()


@pytest.mark.slow
def test_repeats_are_harmless(case):
    """The same batches again, in one group or later, change nothing."""
    case.ingest(batch(0), batch(0), batch(1))
    case.ingest(batch(1), batch(0))
    assert case.counts() == (2, 3, 0)
    assert case.quarantined() == {}
    assert_exact(case.store, "friday", 2)


@pytest.mark.slow
@pytest.mark.parametrize("together", [True, False])
def test_two_devices_of_one_name_are_found_out(case, together):
    """Another batch under a key that is taken is set aside; the first one stays."""
    other = batch(0, frames=4)
    for group in [[batch(0), other]] if together else [[batch(0)], [other]]:
        case.ingest(*group)
    ((kept, text),) = case.quarantined().items()
    assert kept == to_json(other).encode()
    assert "two devices called 'cam'? Give each its own name" in text
    assert case.counts() == (1, 0, 1)
    assert_exact(case.store, "friday", 1)


def test_device_speaks_for_itself_only(case):
    """A batch whose device is not the topic's is refused."""
    case.ingest(batch(0), device="cam-2")
    assert "device is 'cam', but 'cam-2' sent it" in "".join(case.quarantined().values())
    case.ingest(batch(0), device="cam")
    assert case.counts() == (1, 0, 1)


def test_batches_of_forbidden_contexts_are_not_even_set_aside(case):
    """Readings of people at work are refused and not kept anywhere."""
    case.ingest(batch(0, info={"context": "Workplace"}), batch(1, info={"context": ["education"]}))
    assert case.quarantined() == {}
    assert case.counts() == (0, 0, 2)
    assert "AI Act, Article 5(1)(f)" in case.remarks[0]


def test_nothing_is_counted_or_set_aside_while_the_store_fails(case, monkeypatch):
    """A group that could not be stored is taken again, as if it came for the first time."""

    def full(*args, **kwargs):
        raise OSError("No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr(batches, "write_deltalake", full)
        with pytest.raises(StoreError, match="No space left"):
            case.ingest(batch(0), b"rubbish")
    assert (case.counts(), case.quarantined()) == ((0, 0, 0), {})
    case.ingest(batch(0), b"rubbish")
    assert case.counts() == (1, 0, 1)


def test_junk_that_cannot_be_set_aside_holds_up_no_batch(case, monkeypatch):
    """The good ones are stored and acknowledged; the junk is counted, and named as not kept."""

    def full(path, data, mode):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("laughtrack.analytics.ingest.quarantine.write", full)
    case.ingest(batch(0), b"rubbish", batch(1))
    assert case.counts() == (2, 0, 1)
    assert "(not kept: cannot set a batch aside" in case.remarks[0]
    assert case.ingestor.summary()[0].startswith("1 refused batches were not kept: ")


def test_line_that_was_damaged_in_a_file_is_refused(case):
    """A device's file ends each line in a sum; written anew by another program, it still fits."""
    line = with_content_sum(to_json(batch(0)).encode())
    anew = json.dumps(json.loads(line), indent=2, sort_keys=True).replace(".0,", ",").encode()
    case.ingest(line.replace(b'"frames":', b'"frames":1', 1), anew, line)
    assert case.counts() == (1, 1, 1)
    assert "it was damaged since it was written" in case.remarks[0]


def test_batch_that_breaks_the_store_holds_up_no_other(case, monkeypatch):
    """What passes the checks and still cannot be written is set aside alone."""
    rows = batches.batch_rows

    def picky(one, resume):
        if one.seq == 1:
            raise OverflowError("too large")
        return rows(one, resume)

    monkeypatch.setattr(batches, "batch_rows", picky)
    case.ingest(batch(0), batch(1), batch(2))
    assert case.counts() == (2, 0, 1)
    assert "too large" in "".join(case.quarantined().values())


@pytest.mark.slow
def test_gaps_are_said_whenever_they_change(case):
    """What is missing is named, and late batches close it."""
    case.ingest(batch(0), batch(3), batch(1, device="b"))
    assert case.remarks == ["friday of cam: missing batches 1-2", "friday of b: missing batches 0"]
    case.ingest(batch(4), batch(5))
    assert len(case.remarks) == 2
    case.ingest(batch(2))
    assert case.remarks[2:] == ["friday of cam: missing batches 1"]
    assert case.ingestor.summary() == [
        "friday of b: missing batches 0",
        "friday of cam: missing batches 1",
    ]
    case.ingest(batch(0, device="b"), batch(1))
    assert case.ingestor.summary() == []


def test_gaps_of_before_are_known(tmp_path):
    """A second ingest knows what the first one left missing."""
    IngestorCase(tmp_path).ingest(batch(0), batch(4))
    case = IngestorCase(tmp_path)
    case.ingest(batch(2))
    assert case.remarks == ["friday of cam: missing batches 1, 3"]


def test_far_number_costs_nothing(case):
    """The highest number that a device could have by then makes one span of missing ones."""
    most = 1000 + 50 * 5
    case.ingest(batch(0), batch(0)._replace(seq=most))
    assert case.remarks == [f"friday of cam: missing batches 1-{most - 1}"]
    assert list_sessions(case.store)["missing_batches"].tolist() == [most - 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (changed(seq=2**31 - 1), "no device has more than 1250 batches by 5.0 s"),
        (changed(seq=1251), "seq is 1251"),
        (changed(info={"a": json.loads("[" * 50 + "]" * 50)}), "at most 20 levels"),
        (changed(info={"a": json.loads("[" * 500 + "]" * 500)}), "at most 20 levels"),
        (changed(started_utc="2026-02-31T20:15:00Z"), "there is no such moment"),
        (changed(started_utc="0000-01-31T20:15:00Z"), "there is no such moment"),
    ],
)
def test_what_no_device_can_mean_is_set_aside(case, payload, reason):
    """A number that would leave batches missing for ever, and dates that there are not."""
    case.ingest(batch(0), payload)
    assert reason in "".join(case.quarantined().values())
    assert case.counts() == (1, 0, 1) and list_sessions(case.store)["missing_batches"][0] == 0


@pytest.mark.slow
def test_other_readings_under_the_same_header_are_found_out(case):
    """One score that differs is another batch: the first one stays."""
    case.ingest(batch(0), batch(1))
    case.ingest(column(smile=0.9), batch(1))
    assert case.counts() == (2, 1, 1)
    assert "with other content" in "".join(case.quarantined().values())
    assert_exact(case.store, "friday", 2)


@pytest.mark.parametrize(
    ("topic", "by_filter", "device"),
    [
        ("laughtrack/hall/cam/timeline", False, "cam"),
        ("laughtrack/north/hall/cam/timeline", False, "cam"),
        ("screens/cam/batches", True, "cam"),
        ("screens/cam/batches", False, None),
        ("timeline", False, None),
    ],
)
def test_topics_tell_the_device(topic, by_filter, device):
    """Of topics as devices have them also where the filter is as wide as #."""
    assert device_in(topic, by_filter) == device


@pytest.mark.slow
def test_whole_session_is_finished(case):
    """Once the last batch and all before it are there, the session is one file."""
    last = batch(3, info={"complete": True})
    for group in ([batch(0)], [last, batch(1)], [batch(1)]):
        case.ingest(*group)
        assert len(DeltaTable(case.store).file_uris()) > 1 or group == [batch(0)]
    case.ingest(batch(2))
    assert len(DeltaTable(case.store).file_uris()) == 1
    assert list_sessions(case.store)["complete"].all()
    version = DeltaTable(case.store).version()
    case.ingest(batch(2))
    assert DeltaTable(case.store).version() == version


def test_failing_to_tidy_holds_nobody_up(case, monkeypatch):
    """The batches are stored: they are acknowledged although the compaction failed."""

    def fails(*args):
        raise StoreError("cannot write")

    for name in ("finish", "compact_small_files"):
        monkeypatch.setattr(batch_ingestor, name, fails)
    case.ingest(batch(0, info={"context": "screening", "complete": True}))
    assert case.counts() == (1, 0, 0)
    assert case.remarks == ["the store was not tidied: cannot write"] * 2


def test_forgotten_session_is_no_trouble(case, monkeypatch):
    """A session that is forgotten before it could be finished is left alone."""

    def late(folder, session, device):
        forget(folder, session)
        finish(folder, session)

    monkeypatch.setattr(batch_ingestor, "finish", late)
    monkeypatch.setattr(batch_ingestor, "compact_small_files", lambda folder: 0)
    case.ingest(batch(0, info={"context": "screening", "complete": True}))
    assert case.remarks == []


def test_place_that_is_no_store_is_said_at_once(tmp_path):
    """A wrong --store is an error before anything is taken in."""
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(StoreError, match="holds other files and is not a store"):
        BatchIngestor(str(tmp_path), Quarantine(tmp_path / "q"), print)
