"""How a nasty variant of a text file is made, and how what became of it is judged.

A format is a module of this folder with `FORMATS`: by name, a function of a folder that returns a
hypothesis strategy of `Case` and a function that reads a path as the program does and returns what
compares equal to `Case.right`.
"""

import codecs
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.bench.generated import Tally, drive

COLUMNS = ("inputs", "right", "refused", "tracebacks", "wrong", "refused though right", "unnamed")
FAULTS = COLUMNS[3:]
ENDS = ("\n", "\r\n", "\r")
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


class Case(NamedTuple):
    """A file and what is to become of it.

    `suffix` is of its name. `right`: what reading gives; None if it is to be refused. `says`: texts
    of which an error must hold one ("line 3"), beside the file's name. `either`: a refusal is as
    good as `right`.
    """

    data: bytes
    suffix: str
    right: Any = None
    says: tuple[str, ...] = ()
    either: bool = False


@st.composite
def encoded(draw, lines):
    """Return the bytes of lines in some encoding, with or without mark, with some line end."""
    text = draw(st.sampled_from(ENDS)).join([*lines, *draw(st.sampled_from(([""], [])))])
    encoding = draw(st.sampled_from((*MARKS, "utf-8", "utf-8", "cp1252")))
    if encoding == "cp1252":
        try:
            return text.encode("cp1252")
        except UnicodeEncodeError:
            encoding = "utf-8"
    # Without a mark, zero bytes tell: a text of other than ASCII has too few of these.
    marked = draw(st.booleans()) or (encoding != "utf-8" and not text.isascii())
    return MARKS[encoding] * marked + text.encode(encoding)


def campaign(make, count, seed, folder=None):
    """Judge `count` cases of a format.

    Parameters
    ----------
    make : callable
        Of a folder; see above.
    count, seed : int
    folder : Path, optional
        Where files at fault are kept.

    Returns
    -------
    counts : dict
        Of `COLUMNS`.
    found : list of str
        Some examples of each fault.
    """
    keep = Path(folder or tempfile.mkdtemp(prefix="nasty-text-"))
    tally = Tally(COLUMNS, keep)
    strategy, read = make(keep)

    def one(case):
        path = keep / f"nasty{case.suffix}"
        path.write_bytes(case.data)
        what, why = judge(case, path, read)
        if what in FAULTS:
            tally.fault(what, case.data, why, case.suffix)
        else:
            tally.counts[what] += 1

    drive(strategy, one, tally, count, seed)
    return {**tally.counts}, tally.found


def judge(case, path, read):
    """Return which of `COLUMNS` a case is, and why."""
    try:
        value = read(path)
    except (ValueError, OSError) as error:
        said = str(error)
        if str(path) not in said:
            return "unnamed", f"{error!r} names no file"
        if case.right is not None and not case.either:
            return "refused though right", said
        if case.says and not any(each in said for each in case.says):
            return "unnamed", f"{said!r} has none of {case.says}"
        return "refused", said
    except Exception as error:
        return "tracebacks", repr(error)[:300]
    if case.right is None:
        return "wrong", f"read as {value!r}; expected a refusal that says {case.says}"
    return ("right", "") if value == case.right else ("wrong", f"{value!r}, not {case.right!r}")
