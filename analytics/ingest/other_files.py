"""What is no file of batches, and which command it was probably meant for.

Footage of a room cut into lines would fill the quarantine with pieces of it; so a file is looked
at before anything of it is taken in. A batch is a line of JSON: a file with one near its beginning
is read, whatever else is in there, since a line may have been damaged.
"""

from __future__ import annotations

import json
import re

# So much is looked at: of a file of batches, some of them for certain.
HEAD_BYTES = 1_000_000
# So many refused payloads of one file, pipe or bucket, and the rest of it is left unread.
MOST_REFUSALS = 100
# Of a stream, less is enough to see that it holds no batches.
_CLEAR_BYTES, _CLEAR_LINES = 65_536, 20
_REPLAY = "is footage: `laughtrack replay` scores it"
_PACKED = "is packed: unpack it, and give what was in it"
_PICTURE = "is a picture: `laughtrack replay` scores a folder of them"
_SOUND = "is a recording of sound, which nothing here reads"

# What a file begins with, as a regular expression of bytes.
_MAGIC = (
    (rb"....(ftyp(heic|heix|mif1|avif|msf1))", _PICTURE),
    (rb"....(ftyp|moov|mdat|wide|free|skip|pnot)", _REPLAY),
    (rb"\x1aE\xdf\xa3|RIFF....AVI |FLV\x01|0&\xb2u|\x00\x00\x01[\xb3\xba]|#EXTM3U", _REPLAY),
    (rb"GIF8[79]a", _REPLAY),
    (rb"G.{187}G.{187}G|....G.{191}G|DKIF|YUV4MPEG2|\x06\x0e\x2b\x34", _REPLAY),
    (rb"\xff\xd8\xff|\x89PNG|BM.{4}\0\0\0\0|II\*\0|MM\0\*", _PICTURE),
    (rb"RIFF....WEBP|8BPS|P[1-6]\s", _PICTURE),
    (rb"OggS.{24,}?(theora|\x80theora)", _REPLAY),
    (rb"RIFF....WAVE|OggS|fLaC|ID3|\xff[\xf2\xf3\xfa\xfb]|FORM....AIF", _SOUND),
    (rb"\x1f\x8b|PK\x03\x04|PK\x05\x06|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!", _PACKED),
    (rb"PAR1", "is a Parquet file: a store is named with --store, not read here"),
    (rb"%PDF|\x93NUMPY|SQLite format 3|\x89HDF|\x7fELF|MZ", "is a binary file, and no batches"),
)


class NotBatches(ValueError):
    """It holds no batches; the message says what it seems to be, and which command it needs."""


def is_clear(head: bytes, ended: bool) -> bool:
    """Whether so much of a stream is enough for `check_head`."""
    return (
        ended or len(head) >= _CLEAR_BYTES or head.count(b"\n") >= _CLEAR_LINES or _has_batch(head)
    )


def is_binary(payload: bytes) -> bool:
    """Whether a payload is footage, a picture or the like, and no text at all."""
    return any(re.match(pattern, payload, re.DOTALL) for pattern, _ in _MAGIC)


def check_head(head: bytes, name: str) -> bool:
    """Refuse what holds no batch.

    Parameters
    ----------
    head : bytes
        The first `HEAD_BYTES` of it, or what there is so far; nothing is no reason.
    name : str
        What to call it.

    Returns
    -------
    bool
        Whether it holds some.

    Raises
    ------
    NotBatches
    """
    if not head.strip() or _has_batch(head):
        return bool(head.strip())
    raise NotBatches(
        f"{name} {_kind(head)}; `laughtrack ingest` reads batches, as devices send them"
    )


def _has_batch(head: bytes) -> bool:
    """Whether a line begins as a batch does, or all of it is an object with a batch's fields."""
    lines = head.split(b"\n") if b"\n" in head else [head]
    for line in lines[:1000]:
        # The fields in any order; those that every schema has.
        text = line.strip().lstrip(b"\xef\xbb\xbf")
        if text[:1] == b"{" and b"\0" not in text[:200] and _named(text):
            return True
    text = head.strip().lstrip(b"\xef\xbb\xbf")
    return text[:1] == b"{" and b"\0" not in head and _named(head)


def _named(text: bytes) -> bool:
    return all(re.search(rb'"' + name + rb'"\s*:', text) for name in (b"schema", b"session"))


def _kind(head: bytes) -> str:
    for pattern, kind in _MAGIC:
        if re.match(pattern, head, re.DOTALL):
            return kind
    try:
        # A character may be cut in two at the end.
        text = head[: HEAD_BYTES - 4].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "is a binary file, and no batches"
        text = head[: error.start].decode("utf-8-sig")
    if "\0" in text or sum(each < " " and each not in "\t\r\n\f" for each in text[:4096]) > 8:
        return "is a binary file, and no batches"
    return _kind_of_text(text.strip())


def _kind_of_text(text: str) -> str:
    first = text.splitlines()[0] if text else ""
    if re.match(r"WEBVTT|TITLE:|\d+\s*$", first) or "-->" in text[:500] or "OTIO_SCHEMA" in text:
        return "is a list of scenes: `laughtrack report --scenes` takes it"
    if re.match(r"\[\w+\]", first):
        return "is a file of settings: `laughtrack deploy ssh --settings` takes it"
    if re.search(r"AU12|face_id|FaceRectX|TimeStamp|MediaTime|smile", first, re.IGNORECASE):
        return "is a table of faces: `laughtrack import` reads OpenFace's, py-feat's, Affectiva's"
    if re.match(r"(-?[\d.]+\s*[,;\t ]\s*){4,}", first):
        return "is a table of numbers: `laughtrack track` reads MOTChallenge's"
    if first.count(",") > 1 or first.count(";") > 1 or first.count("\t") > 1:
        return "is a table: `laughtrack import` reads faces, `laughtrack report --scenes` scenes"
    if text[:1] in "[{":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "is no JSON of batches"
        return "is JSON, and no batch"
    return "is no file of batches"
