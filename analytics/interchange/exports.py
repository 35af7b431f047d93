"""A session as a file of another program: which there are, what each needs, and its bytes."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from laughtrack.analytics.inputs.timecode import FilmClock, clock_of
from laughtrack.analytics.interchange import face_exports, markers
from laughtrack.analytics.interchange.fcpxml import fcpxml
from laughtrack.analytics.interchange.otio_markers import edit_list
from laughtrack.analytics.interchange.table_forms import table_bytes
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.tracker.mot.export import mot_text
from laughtrack.tracker.mot.files import Identities

# The viewers' readings, and the audience's peaks; and which of each count in frames.
VIEWERS = ("openface", "pyfeat", "affectiva", "mot")
FRAMES = ("pyfeat", "mot")
TIMECODES = ("otio", "edl", "fcpxml", "fcp7xml", "premiere", "resolve")
# What each is called by the programs that read it.
ENDINGS = {
    "openface": (".csv",),
    "pyfeat": (".csv",),
    "affectiva": (".json",),
    "mot": (".txt",),
    "otio": (".otio",),
    "edl": (".edl",),
    "fcpxml": (".fcpxml", ".xml"),
    "fcp7xml": (".xml",),
    "vtt": (".vtt",),
    "premiere": (".csv", ".txt"),
    "resolve": (".edl",),
}


class Wanted(NamedTuple):
    """What is to be written.

    `form` is one of `ENDINGS`. `rate`: frames a second, for those that count in frames. `start`:
    the time code of the film's first frame, "" for 0. `top`: so many peaks at most, the largest;
    `max_p`: only those that chance gives with this probability at most.
    """

    form: str
    rate: Fraction | None = None
    start: str = ""
    top: int | None = None
    max_p: float | None = None


class Export(NamedTuple):
    """A file's bytes, and a remark on what is in it."""

    data: bytes
    remark: str


def check(wanted: Wanted) -> FilmClock | None:
    """Refuse what the form has no use for; return the film's clock, None where it has none.

    Raises
    ------
    ValueError
        Naming the option of `laughtrack export`.
    """
    form, rate = wanted.form, wanted.rate
    if form in (*FRAMES, *TIMECODES) and rate is None:
        whose = "footage's" if form in FRAMES else "film's"
        raise ValueError(f"--as {form} counts in frames: give --fps, the {whose}")
    if form not in (*FRAMES, *TIMECODES) and rate is not None:
        raise ValueError(f"--fps: --as {form} knows seconds, not frames")
    if form not in TIMECODES and wanted.start:
        raise ValueError(f"--start-timecode: --as {form} has no time codes")
    for name, value in (("--top", wanted.top), ("--max-p", wanted.max_p)):
        if value is not None and form in VIEWERS:
            raise ValueError(f"{name}: --as {form} writes the viewers, not peaks")
    if form not in TIMECODES or rate is None:
        return None
    try:
        clock = clock_of(rate, wanted.start or "00:00:00:00")
    except ValueError as error:
        raise ValueError(f"--start-timecode {error}") from None
    if form == "edl" and clock.drop:
        raise ValueError(f"--start-timecode {wanted.start}: an EDL's locators are not drop-frame")
    return clock


def exported(tables: SessionTables, wanted: Wanted) -> Export:
    """Write a session for another program.

    Parameters
    ----------
    tables : SessionTables
        Peaks are made of them; the viewers' readings only where they withhold nothing.
    wanted : Wanted

    Returns
    -------
    Export

    Raises
    ------
    ValueError
        The form has no use for something that is asked, the readings do not fit it, or they are
        withheld.
    """
    clock = check(wanted)
    if wanted.form not in VIEWERS:
        return _markers(tables, wanted, clock)
    if tables.withholds:
        raise ValueError(
            f"--min-viewers {tables.min_viewers}: --as {wanted.form} is of single viewers and "
            "withheld"
        )
    rows = tables.readings
    remark = f"{rows['viewer_id'].nunique():,} viewers, {len(rows):,} readings"
    return Export(_viewers(tables.session, wanted), remark)


def _viewers(session: Session, wanted: Wanted) -> bytes:
    """Return the viewers' readings."""
    form, rate = wanted.form, wanted.rate
    if form == "affectiva":
        return face_exports.affectiva(session).encode()
    if form == "openface":
        return table_bytes(face_exports.openface(session), "csv")
    if rate is None:
        raise ValueError(f"{form} counts in frames: expected a rate")
    if form == "mot":
        frames = face_exports.identities(session, rate)
        return mot_text({frame: Identities(*each) for frame, each in frames.items()}).encode()
    return table_bytes(face_exports.pyfeat(session, rate), "csv")


def _markers(tables: SessionTables, wanted: Wanted, clock: FilmClock | None) -> Export:
    """Return the peaks as markers."""
    session, form = tables.session, wanted.form
    everything, before = markers.markers(tables)
    table = markers.chosen(everything, wanted.top, wanted.max_p)
    if form == "vtt":
        data = markers.vtt(table).encode()
    elif clock is None:
        raise ValueError(f"{form} has time codes: expected a clock")
    elif form == "premiere":
        data = markers.premiere(table, clock)
    elif form == "resolve":
        data = markers.resolve(table, clock, session.info.get("title") or session.name).encode()
    elif form == "fcpxml":
        data = fcpxml(session, table, clock).encode()
    else:
        data = edit_list(session, table, clock, form).encode()
    rest = f"; {before} before the film's beginning left out" if before else ""
    others = len(everything) - len(table)
    rest += f"; {others} left out by --top or --max-p" if others else ""
    return Export(data, f"{len(table)} peak{'' if len(table) == 1 else 's'}{rest}")
