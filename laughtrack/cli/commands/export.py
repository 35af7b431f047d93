"""`laughtrack export`: a session as a file of another program."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from laughtrack.cli import options, outputs
from laughtrack.cli.terminal import save, say, show

if TYPE_CHECKING:
    from fractions import Fraction

    from laughtrack.analytics.interchange.exports import Wanted


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
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Write the viewers' readings, or the peaks as markers of the film, for another program."""
    from laughtrack.analytics.interchange import exports
    from laughtrack.analytics.timelines.session_tables import SessionTables

    # The option's check has read it.
    rate = cast("Fraction | None", fps)
    wanted = exports.Wanted(form.value, rate, start or "", top, max_p)
    _check(wanted, output, min_viewers)
    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    if form.value in exports.VIEWERS:
        tables = SessionTables(loaded)
    else:
        tables = options.tables_of(loaded, min_viewers)
    data, remark = exports.exported(tables, wanted)
    save(output, data)
    say(remark)
    show(output)


def _check(wanted: Wanted, output: Path, min_viewers: int) -> None:
    """Refuse what the form has no use for, and a file's name that is another form's."""
    from laughtrack.analytics.interchange import exports

    try:
        exports.check(wanted)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if wanted.form in exports.VIEWERS:
        options.refuse_singles(f"--as {wanted.form}", min_viewers)
    try:
        # Without an ending it is what --as says.
        if outputs.ending(output):
            outputs.check_ending(output, exports.ENDINGS[wanted.form])
    except ValueError as error:
        raise typer.BadParameter(f"--as {wanted.form}, --output {error}") from None
    if wanted.form == "fcpxml":
        say(
            "fcpxml is Final Cut Pro X's XML now; in version 0.1 it was Final Cut Pro 7's, which "
            "Premiere and Resolve take: that is --as fcp7xml now"
        )
