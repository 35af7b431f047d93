"""`laughtrack export`: a session as a file of another program."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import typer

from laughtrack.cli import options, outputs
from laughtrack.cli.terminal import save, say, show, write_table

if TYPE_CHECKING:
    from fractions import Fraction

    from laughtrack.analytics.inputs.timecode import FilmClock
    from laughtrack.analytics.session import Session


class Form(str, Enum):
    """What a session can be written as."""

    openface = "openface"
    pyfeat = "pyfeat"
    affectiva = "affectiva"
    mot = "mot"
    otio = "otio"
    edl = "edl"
    fcpxml = "fcpxml"
    fcp7xml = "fcp7xml"
    vtt = "vtt"
    premiere = "premiere"
    resolve = "resolve"


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


def _p_value(value: float) -> float:
    if not 0 < value <= 1:
        raise ValueError(f"{value:g}: expected a p above 0, to 1, like 0.05")
    return value


MaxP = Annotated[
    float | None,
    options.checked_option(
        _p_value, metavar="P", help="Only peaks that chance gives with this probability at most."
    ),
]


class Wanted(NamedTuple):
    """Which peaks, and as what: see the options of `export`."""

    form: str
    top: int | None
    max_p: float | None
    min_viewers: int


def export(
    session: options.Session,
    form: Annotated[Form, typer.Option("--as", help="The viewers' readings, or peaks as markers.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Write it to this file.")],
    fps: options.FrameRate = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start-timecode",
            metavar="HH:MM:SS:FF",
            help="Of the film's first frame; drop-frame with ; before the frames. [00:00:00:00]",
        ),
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the N highest peaks.")
    ] = None,
    max_p: MaxP = None,
    min_viewers: options.MinViewers = 1,
    keep_ids: options.KeepIds = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Write the viewers' readings, or the peaks as markers of the film, for another program."""
    # The option's check has read it.
    rate = cast("Fraction | None", fps)
    clock = _checked(form.value, rate, start, min_viewers)
    _check_file(form.value, output, {"--top": top, "--max-p": max_p})
    loaded = options.load_session(store, session, device, keep_ids)
    if form.value in VIEWERS:
        remark = _export_viewers(loaded, form.value, rate, output)
    else:
        wanted = Wanted(form.value, top, max_p, min_viewers)
        remark = _export_markers(loaded, wanted, clock, output)
    say(remark)
    show(output)


def _checked(
    form: str, rate: Fraction | None, start: str | None, min_viewers: int
) -> FilmClock | None:
    """Refuse options that the form has no use for; return the film's clock, or None."""
    if form in (*FRAMES, *TIMECODES) and rate is None:
        whose = "footage's" if form in FRAMES else "film's"
        raise typer.BadParameter(f"--as {form} counts in frames: give --fps, the {whose}")
    if form not in (*FRAMES, *TIMECODES) and rate is not None:
        raise typer.BadParameter(f"--fps: --as {form} knows seconds, not frames")
    if form not in TIMECODES and start is not None:
        raise typer.BadParameter(f"--start-timecode: --as {form} has no time codes")
    if form in VIEWERS:
        options.refuse_singles(f"--as {form}", min_viewers)
    if form not in TIMECODES or rate is None:
        return None
    from laughtrack.analytics.inputs.timecode import clock_of

    try:
        clock = clock_of(rate, start or "00:00:00:00")
    except ValueError as error:
        raise typer.BadParameter(f"--start-timecode {error}") from None
    if form == "edl" and clock.drop:
        raise typer.BadParameter(f"--start-timecode {start}: an EDL's locators are not drop-frame")
    return clock


def _check_file(form: str, output: Path, of_peaks: dict[str, float | None]) -> None:
    """Refuse a file's name that is another form's, and what is of peaks for the viewers."""
    try:
        # Without an ending it is what --as says.
        if outputs.ending(output):
            outputs.check_ending(output, ENDINGS[form])
    except ValueError as error:
        raise typer.BadParameter(f"--as {form}, --output {error}") from None
    for name, value in of_peaks.items():
        if value is not None and form in VIEWERS:
            raise typer.BadParameter(f"{name}: --as {form} writes the viewers, not peaks")
    if form == "fcpxml":
        say(
            "fcpxml is Final Cut Pro X's XML now; in version 0.1 it was Final Cut Pro 7's, which "
            "Premiere and Resolve take: that is --as fcp7xml now"
        )


def _export_viewers(session: Session, form: str, rate: Fraction | None, output: Path) -> str:
    """Write the viewers' readings; return a remark."""
    from laughtrack.analytics.interchange import face_exports

    if form == "affectiva":
        save(output, face_exports.affectiva(session).encode())
    elif form == "openface":
        write_table(face_exports.openface(session), "csv", output)
    elif rate is None:
        raise ValueError(f"{form} counts in frames: expected a rate")
    elif form == "mot":
        from laughtrack.tracker.mot.export import mot_text
        from laughtrack.tracker.mot.files import Identities

        frames = face_exports.identities(session, rate)
        text = mot_text({frame: Identities(*each) for frame, each in frames.items()})
        save(output, text.encode())
    else:
        write_table(face_exports.pyfeat(session, rate), "csv", output)
    viewers = session.readings["viewer_id"].nunique()
    return f"{viewers:,} viewers, {len(session.readings):,} readings"


def _export_markers(session: Session, wanted: Wanted, clock: FilmClock | None, output: Path) -> str:
    """Write the peaks as markers; return a remark."""
    from laughtrack.analytics.interchange import markers
    from laughtrack.analytics.interchange.fcpxml import fcpxml
    from laughtrack.analytics.interchange.otio_markers import edit_list

    everything, before = markers.markers(options.tables_of(session, wanted.min_viewers))
    form, table = wanted.form, markers.chosen(everything, wanted.top, wanted.max_p)
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
    save(output, data)
    rest = f"; {before} before the film's beginning left out" if before else ""
    others = len(everything) - len(table)
    rest += f"; {others} left out by --top or --max-p" if others else ""
    return f"{len(table)} peak{'' if len(table) == 1 else 's'}{rest}"
