"""Text files of every encoding and line end are the same text, and what is no text says so."""

import codecs
import itertools
import zipfile

import pytest

from laughtrack.tracker.text_files import decode, read_text

LINES = ["1,2,3", "", "Grüße, „Küche“ –", "x\t€"]
TEXT = "\n".join([*LINES, ""])
MARKED = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "cp1252": b"",
}
ENDS = ["\n", "\r\n", "\r", "\r\r\n", "\u2028", "\u2029"]
CASES = [
    (name, marked, end)
    for name, marked, end in itertools.product(MARKED, (False, True), ENDS)
    if not (name == "cp1252" and (marked or end > "\x7f"))
]


@pytest.mark.parametrize(("name", "marked", "end"), CASES)
def test_every_encoding_and_line_end(tmp_path, name, marked, end):
    """With its byte order mark and without: the same text."""
    path = tmp_path / "a.txt"
    path.write_bytes(MARKED[name] * marked + TEXT.replace("\n", end).encode(name))
    assert read_text(path) == TEXT


def test_marks_of_joined_files_are_no_text():
    """Two files with a mark each, and one whose mark was saved as cp1252."""
    assert decode(("\ufeff\ufeffa\r\n\ufeffb\u2028c\n").encode(), "a") == "a\nb\u2028c\n"
    assert decode("ï»¿a\n".encode(), "a") == "a\n"
    assert decode(b"a\r\n\x1a", "a") == "a\n"
    assert decode(b"", "a") == ""


NO_TEXT = [
    (b"\x89PNG\xff", "a.txt: is a picture, no text file; expected a CSV table"),
    (b"\xff\xd8\xff\xe0aaaa", "is a picture"),
    (b"\x00\x00\x00\x18ftypmp42" + b"\xff" * 90, "is a film"),
    (b"{\\rtf1 a}", "is a rich text document"),
    (b"%PDF-1.7\n", "is a PDF"),
    (b"\x1f\x8b\x08", "is a compressed file"),
    (b"1,2,3\n\x00\x00\x00\n", "a.txt: is no text file; expected a CSV table"),
    (b"1,2\x00,3 and no more zeros\n", "is no text file"),
    (bytes(4000), "is no text file"),
    (b"1,2\n\xe4\x01\n", "is no text file"),
    (b"a\nb\n\x81\x8d\n", "a.txt, line 3: .* save it again as UTF-8"),
    (codecs.BOM_UTF8 + b"a\nGr\xfc\xdfe\n", "a.txt, line 2: .* is not UTF-8, which"),
    (codecs.BOM_UTF16_LE + "a\nb\n".encode("utf-16-le") + b"x", "a.txt, line 3: .* UTF-16-LE"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "match"), NO_TEXT)
def test_what_is_no_text_says_so(tmp_path, data, match):
    """Naming the file, and the line where only that is wrong."""
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=match):
        read_text(path, "a CSV table")


def test_a_workbook_and_what_is_too_large(tmp_path):
    """An Excel file with a wrong ending, and a file beyond the bound, which is not read whole."""
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(ValueError, match=r"a\.csv: is a zip archive or an Office document"):
        read_text(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="/dev/zero: larger than 1 MiB"):
        read_text("/dev/zero", largest_bytes=1 << 20)
