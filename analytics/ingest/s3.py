"""Batches from S3: objects as an IoT rule writes them, one batch each.

Their keys end in DEVICE/SESSION/STARTED/SEQ.json, or DEVICE/SESSION/SEQ.json: what the store has
already is not downloaded again. Addresses and keys of AWS come from the usual `AWS_*` variables,
`AWS_ENDPOINT_URL` among them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.files import MAX_LINE_BYTES
from laughtrack.analytics.store.sessions import stored_batches
from laughtrack.edge.readings import check_name

if TYPE_CHECKING:
    from botocore.client import BaseClient

_UTC = r"\d{4}-\d\d-\d\dT[^/]*Z"
_KEY = re.compile(
    rf"(?:^|/)(?P<device>[^/]+)/(?P<session>[^/]+)/(?:(?P<started_utc>{_UTC})/)?(?P<seq>\d+)\.json$"
)
# raw/SITE/DEVICE/SESSION and so on, as the rule that `deploy iot` makes writes them. It takes the
# device from the topic, and all behind it from the batch itself, slashes in it too.
_RULE = re.compile(rf"raw/[^/]+/(?P<device>[^/]+)/(?!{_UTC}/[^/]+$)[^/]+/.+")


class BucketError(OSError):
    """The bucket cannot be read; the message says why, and the next step."""


def is_bucket(place: str) -> bool:
    """Return whether a place is an address on S3."""
    return place.startswith("s3://")


def new_objects(place: str, store: str) -> Iterator[Arrival]:
    """Yield the batches under an address that the store does not have, as `Arrival`.

    Parameters
    ----------
    place : str
        ``s3://BUCKET/PREFIX``; without a prefix the whole bucket.
    store : str
        Where to look for what is stored already.

    Raises
    ------
    ValueError
        If the address names no bucket, or boto3 is not installed.
    BucketError
        If the bucket cannot be read.
    """
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    if not bucket:
        raise ValueError(f"{place}: expected s3://BUCKET/PREFIX")
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise ValueError(f'{place} needs boto3: pip install "laughtrack[aws]"') from None
    try:
        client = boto3.client("s3")
        for key, device in _not_stored(_keys(client, bucket, prefix), store):
            body = client.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_LINE_BYTES)
            yield Arrival(body, f"s3://{bucket}", device, key, stays=True)
    except (BotoCoreError, ClientError) as error:
        raise BucketError(
            f"cannot read {place}: {error}: see to the bucket's name, its permissions, and "
            "AWS_REGION, AWS_PROFILE or AWS_ENDPOINT_URL"
        ) from error


def _keys(client: BaseClient, bucket: str, prefix: str) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", ()):
            if each["Key"].endswith(".json"):
                yield each["Key"]


def _not_stored(keys: Iterable[str], store: str) -> Iterator[tuple[str, str | None]]:
    """Yield (key, device) of the objects that are not known to be stored by their key."""
    for pair, several in itertools.groupby(keys, _session_and_device):
        # One query for all keys of a session, which are neighbours in a bucket's order.
        stored = stored_batches(store, [pair])[pair].started_utc if pair else {}
        for key in several:
            match = _KEY.search(key)
            sender = _sender(key)
            if match is None or match["device"] != sender:
                yield key, sender
                continue
            started_utc = stored.get(int(match["seq"]))
            in_key = match["started_utc"]
            if started_utc is None or (in_key and unquote(in_key) != started_utc):
                yield key, sender


def _sender(key: str) -> str | None:
    """Return the device that a key names, None if it names none."""
    match = _RULE.match(key) or _KEY.search(key)
    return match["device"] if match else None


def _session_and_device(key: str) -> tuple[str, str] | None:
    """Return the (session, device) in a key, None if it has none."""
    match = _KEY.search(key)
    if match is None:
        return None
    try:
        return check_name("session", match["session"]), check_name("device", match["device"])
    except ValueError:
        return None
