"""Text files as people and programs save them, whatever their encoding and ends of lines.

Conventions
-----------
- UTF-8, UTF-16 or UTF-32 with a byte order mark; without one UTF-8, then UTF-16 or UTF-32 if zero
  bytes lie as in these, then Windows' cp1252.
- Every line ends with a line feed in what is returned. U+2028 and U+2029 end lines in a text that
  has no other line end.
- A byte order mark is no part of a text, also where a line begins with one: files get joined.
"""

from __future__ import annotations

import codecs
import os
import re
from typing import Union

Path = Union[str, "os.PathLike[str]"]

LARGEST_BYTES = 256 << 20
# UTF-32's first, which begins as UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How other files begin that get a wrong ending or are picked by mistake.
_OTHERS = (
    (rb"PK\x03\x04", "a zip archive or an Office document"),
    (rb"\xd0\xcf\x11\xe0", "an old Office document"),
    (rb"\{\\rtf", "a rich text document"),
    (rb"%PDF-", "a PDF"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture"),
    (rb"\x1aE\xdf\xa3|.{4}ftyp|RIFF.{4}(AVI |WAVE|WEBP)", "a film, sound or picture"),
    (rb"\x1f\x8b|BZh\d|\xfd7zXZ|7z\xbc\xaf", "a compressed file"),
    (rb"SQLite format 3", "a database"),
)
# No cp1252 text has these: only tabs, ends of lines and pages, DOS's end of file and escapes.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f]")
_SAMPLE_BYTES = 1 << 20


def read_text(
    path: Path,
    expected: str = "text",
    largest_bytes: int = LARGEST_BYTES,
    keep_ends: bool = False,
) -> str:
    """Read a text file.

    Parameters
    ----------
    path : str or Path
    expected : str
        What the file should be, for the error: "subtitles", "a CSV table".
    largest_bytes : int
    keep_ends : bool
        Leave the ends of lines as they are saved: of CSV, whose cells may hold some.

    Returns
    -------
    str
        Without byte order marks; every line ends with a line feed.

    Raises
    ------
    ValueError
        If it is no text or larger; naming the file, the line where there is one, and what to do.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        # No file's size is asked: of /dev/zero or a pipe it says nothing.
        data = file.read(largest_bytes + 1)
    if len(data) > largest_bytes:
        raise ValueError(
            f"{path}: larger than {largest_bytes >> 20} MiB; expected {expected} of that at most"
        )
    return decode(data, path, expected, keep_ends)


def decode(data: bytes, path: Path, expected: str = "text", keep_ends: bool = False) -> str:
    """Return a file's bytes as text, as `read_text` does."""
    encoding = encoding_of(data, path, expected)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "replace").count("\n") + 1
        raise ValueError(
            f"{path}, line {line}: {data[error.start : error.start + 8]!r} is not "
            f"{encoding.upper()}, which the file is otherwise; expected {expected}: save it again "
            "as UTF-8"
        ) from None
    if "\x00" in text or (encoding == "cp1252" and _CONTROLS.search(text)):
        raise _no_text(path, "no text file", expected)
    # Two returns before a line feed: what was written as Windows' text twice.
    text = text.replace("\r\r\n", "\r\n")
    if not keep_ends:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in text and "\r" not in text:
        text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    if text.startswith("ï»¿"):  # a mark that was read as cp1252 and saved so
        text = text[3:]
    lines = 0 if keep_ends else re.MULTILINE
    return re.sub("^\ufeff+", "", text, flags=lines).rstrip("\x1a")


def encoding_of(data: bytes, path: Path, expected: str = "text") -> str:
    """Return the name of the encoding of a file's bytes, one that Python knows.

    Parameters
    ----------
    data : bytes
        All of the file.
    path, expected
        For the error.

    Raises
    ------
    ValueError
        If it is no text.
    """
    for start, what in _OTHERS:
        if re.match(start, data, re.DOTALL):
            raise _no_text(path, f"{what}, no text file", expected)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\x00" in data[:_SAMPLE_BYTES]:
        return _wide_encoding(data[:_SAMPLE_BYTES], path, expected)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: {data[error.start : error.start + 8]!r} is neither UTF-8 nor "
            f"Windows' cp1252; expected {expected}: save it again as UTF-8"
        ) from None
    return "cp1252"


def _wide_encoding(sample: bytes, path: Path, expected: str) -> str:
    """Return which of UTF-16 and UTF-32 has its zero bytes where these are."""
    zeros = [sample[k::4].count(0) for k in range(4)]
    quarter = len(sample) // 4
    if quarter and not len(sample) % 4:
        if min(zeros[2:]) == quarter and zeros[0] < quarter:
            return "utf-32-le"
        if min(zeros[:2]) == quarter and zeros[3] < quarter:
            return "utf-32-be"
    low, high = zeros[0] + zeros[2], zeros[1] + zeros[3]
    # Of UTF-16's halves one is zero in ASCII; a list of times has a lot of that.
    if max(low, high) > len(sample) / 10 and max(low, high) > 4 * min(low, high):
        return "utf-16-le" if high > low else "utf-16-be"
    raise _no_text(path, "no text file", expected)


def _no_text(path: Path, what: str, expected: str) -> ValueError:
    return ValueError(f"{path}: is {what}; expected {expected}")
