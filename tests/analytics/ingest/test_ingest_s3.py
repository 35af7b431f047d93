"""Batches from objects in a bucket, as an IoT rule writes them."""

import sys
from pathlib import Path

import pytest

from laughtrack.analytics.ingest import s3
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.files import in_groups
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.edge.deploy.iot.rule import KEY
from laughtrack.edge.readings import to_json
from tests.analytics.store_batches import assert_exact, batch

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
moto = pytest.importorskip("moto", reason="moto is not installed")

BUCKET = "screenings"


class Bucket:
    """A bucket, what was asked of it, and a store to fill from it."""

    def __init__(self, folder):
        """Make it."""
        self.client = boto3.client("s3")
        self.client.create_bucket(Bucket=BUCKET)
        self.store, self.said = str(folder / "store"), []
        self.folder = folder

    def put(self, key, one):
        """Put a batch, or bytes."""
        body = one if isinstance(one, bytes) else to_json(one).encode()
        self.client.put_object(Bucket=BUCKET, Key=key, Body=body)

    def ingest(self, place=f"s3://{BUCKET}/raw/"):
        """Take in what is there; return the keys that were downloaded, and the ingestor."""
        ingestor = BatchIngestor(self.store, Quarantine(self.folder / "q"), self.said.append)
        keys = []
        for group in in_groups(s3.new_objects(place, self.store)):
            keys += [arrival.place for arrival in group]
            ingestor.ingest(group)
        return keys, ingestor


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """Return a pretend bucket."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    with moto.mock_aws():
        yield Bucket(tmp_path)


BEGAN = "2026-01-31T20:15:00Z"
# As the rule that `laughtrack deploy iot` makes writes them, and shorter.
RULE = (
    KEY.replace("${topic(2)}", "hall")
    .replace("${topic(3)}", "cam")
    .replace("${session}", "friday")
    .replace("${started_utc}", "{began}")
    .replace("${seq}", "{seq}")
)
KEYS = [RULE, "raw/hall/cam/friday/{seq}.json"]


@pytest.mark.parametrize("shape", KEYS)
def test_objects_are_stored_once(bucket, shape):
    """All objects are taken in; those stored already are not even downloaded again."""
    assert "$" not in shape
    for seq in range(130):
        bucket.put(shape.format(began=BEGAN, seq=seq), batch(seq))
    keys, ingestor = bucket.ingest()
    assert (len(keys), ingestor.stored) == (130, 130)
    bucket.put(shape.format(began=BEGAN, seq=130), batch(130))
    keys, ingestor = bucket.ingest()
    assert keys == [shape.format(began=BEGAN, seq=130)]
    assert_exact(bucket.store, "friday", 131)


def test_session_begun_anew_under_its_old_name_is_found_out(bucket):
    """Another beginning under the same number is downloaded, compared and set aside."""
    bucket.put(f"raw/hall/cam/friday/{BEGAN}/0.json", batch(0))
    bucket.ingest()
    later = "2026-02-01T09:00:00Z"
    bucket.put(f"raw/hall/cam/friday/{later}/0.json", batch(0, started_utc=later))
    _, ingestor = bucket.ingest()
    assert (ingestor.stored, ingestor.refused) == (0, 1)
    assert "two devices called 'cam'" in bucket.said[-1]


def test_object_of_another_device_is_refused(bucket):
    """The rule writes the topic's device into the key; the batch must be that device's."""
    bucket.put(f"raw/hall/cam-2/friday/{BEGAN}/0.json", batch(0))
    _, ingestor = bucket.ingest()
    assert ingestor.refused == 1
    assert "device is 'cam', but 'cam-2' sent it" in bucket.said[-1]


def test_a_session_with_slashes_is_no_other_device(bucket):
    """The rule writes a batch's own words into the key; the device in it stays the topic's."""
    bucket.put(f"raw/hall/evil/cam/friday/{BEGAN}/0.json", batch(0))
    bucket.put(f"raw/hall/evil/friday/{BEGAN}/cam/friday/2.json", batch(2))
    _, ingestor = bucket.ingest()
    assert (ingestor.stored, ingestor.refused) == (0, 2)
    bucket.put(f"raw/cam/friday/{BEGAN}/0.json", batch(0))
    assert bucket.ingest()[1].stored == 1


def test_other_objects_do_no_harm(bucket):
    """Names that tell nothing are read; what is no batch is set aside; other kinds are left."""
    bucket.put("raw/notes.txt", b"notes")
    bucket.put("raw/loose.json", batch(0))
    bucket.put("raw/hall/cam/not%a name!/3.json", batch(1))
    bucket.put("raw/x/bad.json", b"rubbish" * 300_000)
    keys, ingestor = bucket.ingest()
    assert (len(keys), ingestor.stored, ingestor.refused) == (3, 2, 1)
    assert list_sessions(bucket.store)["batches"].tolist() == [2]


def test_empty_bucket_is_a_result(bucket):
    """Nothing there is no error, and makes no store."""
    keys, _ = bucket.ingest(f"s3://{BUCKET}")
    assert keys == []
    assert not Path(bucket.store).exists()


def test_missing_bucket_is_said(bucket):
    """An error names the place and the next step."""
    with pytest.raises(s3.BucketError, match=r"cannot read s3://nowhere/x: .*see to the"):
        bucket.ingest("s3://nowhere/x")
    with pytest.raises(ValueError, match="expected s3://BUCKET/PREFIX"):
        bucket.ingest("s3:///x")


def test_missing_boto3_is_said(tmp_path, monkeypatch):
    """Without boto3 the error says what to install."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ValueError, match=r'pip install "laughtrack\[aws\]"'):
        list(s3.new_objects("s3://x/y", str(tmp_path)))
