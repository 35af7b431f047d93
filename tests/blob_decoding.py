"""Takes bytes apart: what is packed or written in them, and all numbers that they may be."""

import base64
import binascii
import bz2
import contextlib
import csv
import gzip
import io
import json
import lzma
import re
import zipfile
import zlib

import numpy as np
import pyarrow.parquet as pq

# Fewer are no picture of anything.
MIN_VALUES = 128
MIN_TEXT = 64
# Lengths of what may stand before raw numbers, in bytes: none, and headers of usual formats.
HEADERS = (0, 8, 16, 64, 128)
RAW = ("<u1", "<u2", ">u2", "<i4", "<f2", "<f4", "<f8")
# Larger blobs are not looked at as if they had a header, and not as single bits.
SMALL_BYTES = 16_000
# What a stream of zlib begins with.
ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}={0,2}" % MIN_TEXT)
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){%d,}" % MIN_TEXT)
# Numbers in a row, in any text: a page's scripts, a list in a log.
NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
BETWEEN = re.compile(rb"[\s,;|\[\]()]{1,9}")
ERRORS = (ValueError, OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, KeyError)


def is_utf8(data):
    """Whether bytes are text."""
    with contextlib.suppress(UnicodeDecodeError):
        return "\0" not in bytes(data).decode()
    return False


def parts(data, is_text):
    """Yield what is packed or written in bytes, with how: pairs of str and bytes."""
    if is_text:
        yield from _parts_of_text(data)
    elif data[:4] == b"PAR1":
        for name, cells in _columns(data).items():
            for cell in cells:
                yield from ((f"{name}", text) for text in _texts(cell))
    else:
        yield from _unpacked(data)


def numbers(data, is_text):
    """Yield all that bytes may be as numbers, with how: pairs of str and a sequence."""
    if is_text:
        yield from _numbers_of_text(data)
    elif data[:4] == b"PAR1":
        for name, cells in _columns(data).items():
            yield from _numbers_of_values(cells, name)
    else:
        yield from _raw(data)


def _parts_of_text(data):
    documents = _documents(data)
    for text in {text for document in documents or () for text in _texts(document)}:
        if text != data:
            yield "string", text
    for pattern, how, decode in ((BASE64, "base64", _base64), (HEX, "hex", binascii.unhexlify)):
        for match in pattern.finditer(data):
            with contextlib.suppress(ValueError):
                yield how, decode(match.group())


def _base64(text):
    text = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(text[: len(text) // 4 * 4] if len(text) % 4 == 1 else text + b"==")


def _unpacked(data):
    for magic, how, unpack in (
        (b"\x1f\x8b", "gzip", gzip.decompress),
        (b"BZh", "bzip2", bz2.decompress),
        (b"\xfd7zXZ", "xz", lzma.decompress),
    ):
        if data.startswith(magic):
            with contextlib.suppress(*ERRORS):
                yield how, unpack(data)
    if data.startswith(b"PK"):
        with contextlib.suppress(*ERRORS), zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"zip {name}", archive.read(name)
    for match in ZLIB.finditer(data):
        with contextlib.suppress(zlib.error):
            found = zlib.decompressobj().decompress(data[match.start() :])
            if len(found) >= MIN_VALUES // 8:
                yield "zlib", found


def _raw(data):
    """Yield the bytes as numbers of each kind, behind headers of usual lengths."""
    small = len(data) <= SMALL_BYTES
    for start in HEADERS if small else (0,):
        body = data[start:]
        for kind in RAW:
            size = np.dtype(kind).itemsize
            values = np.frombuffer(body[: len(body) // size * size], kind)
            with np.errstate(invalid="ignore", over="ignore"):
                values = values.astype(np.float64)
            yield f"{kind} from {start}", values
            if kind == "<u1":
                yield f"every third byte from {start}", values[::3]
    if small:
        yield "bits", np.unpackbits(np.frombuffer(data, np.uint8))


def _documents(data):
    """The JSON documents that a text is: one, or one a line; None if it is neither."""
    with contextlib.suppress(ValueError, RecursionError):
        return [json.loads(data)]
    documents = []
    for line in data.splitlines():
        # A line may be cut off.
        with contextlib.suppress(ValueError, RecursionError):
            documents.append(json.loads(line))
    return documents if any(isinstance(each, (dict, list)) for each in documents) else None


def _texts(value):
    """Yield long strings and bytes in a value of JSON's or Parquet's types."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes) and len(value) >= MIN_TEXT:
        yield value


def _numbers_of_text(data):
    documents = _documents(data)
    if documents is not None:
        yield from _numbers_of_values(documents, "JSON")
        return
    row, end = [], 0
    for match in NUMBER.finditer(data):
        if row and not BETWEEN.fullmatch(data[end : match.start()]):
            yield "numbers in a row", row
            row = []
        row.append(float(match.group()))
        end = match.end()
    yield "numbers in a row", row
    columns = {}
    with contextlib.suppress(csv.Error):
        for cells in csv.reader(io.StringIO(data.decode())):
            for k, cell in enumerate(cells):
                with contextlib.suppress(ValueError):
                    columns.setdefault(k, []).append(float(cell))
    for k, values in columns.items():
        yield f"column {k}", values


def _numbers_of_values(values, name):
    """Yield each list of numbers however deep, and by name what is in none or in several."""
    together = {}
    _gather(values, name, together)
    for path, lists in together.items():
        for each in {tuple(each) for each in lists if len(each) >= MIN_VALUES}:
            yield path, each
        if len(lists) > 1:
            yield f"{path} together", [number for each in lists for number in each]


def _gather(value, path, together):
    if isinstance(value, dict):
        for key, each in value.items():
            _gather(each, f"{path}.{key}", together)
    elif isinstance(value, (list, tuple)):
        flat = _flat(value)
        if flat is not None:
            together.setdefault(path, []).append(flat)
        else:
            for each in value:
                _gather(each, path, together)
    elif isinstance(value, (int, float)):
        together.setdefault(path, []).append([float(value)])


def _flat(value):
    """All numbers of nested lists of nothing else, and None; None if there is something else."""
    flat = []
    for each in value:
        if isinstance(each, (list, tuple)):
            inner = _flat(each)
            if inner is None:
                return None
            flat += inner
        elif each is None:
            flat.append(0.0)
        elif isinstance(each, (int, float)):
            flat.append(float(each))
        else:
            return None
    return flat


def _columns(data):
    """A Parquet file's columns, as lists; none if it cannot be read."""
    with contextlib.suppress(*ERRORS):
        return pq.read_table(io.BytesIO(data), use_threads=False).to_pydict()
    return {}
