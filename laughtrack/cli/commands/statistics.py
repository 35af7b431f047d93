"""The statistics: `curve`, `peaks`, `scenes`, `groups`, `dial`, `synchrony`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import say, write_table

MaxLag = Annotated[float, typer.Option(min=0, max=600, help="The farthest lag to look at, s.")]


def curve(
    session: options.Session,
    bin_s: Annotated[
        float, typer.Option("--bin", min=0.1, max=3600, help="Seconds of a row.")
    ] = 1.0,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show the audience's curve: viewers in view and judged, share smiling, mean degree, bands.

    95 % bands, of each row by itself and of all at once; the share were all missing viewers not
    smiling (worst), or smiling (best).
    """
    from laughtrack.analytics.audience.bands import curve_with_bands

    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    tables = options.tables_of(loaded, min_viewers)
    write_table(curve_with_bands(tables, bin_s), format.value, output)


def peaks(
    session: options.Session,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show the moments at which the audience smiled more than around them, the largest first.

    With each: how often chance alone gives one as large, and 95 % intervals of its time and share.
    """
    from laughtrack.analytics.audience.peak_tests import peaks_with_certainty

    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    tables = options.tables_of(loaded, min_viewers)
    write_table(peaks_with_certainty(tables), format.value, output)


def scenes(
    session: options.Session,
    scene_list: Annotated[
        Path, typer.Argument(metavar="LIST", help="Scenes: .csv, .vtt, .srt, .edl or .otio.")
    ],
    fps: options.FrameRate = None,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show one line a scene of the film: who smiled how much in it.

    A scene is a row of a CSV with start and end, a cue of subtitles, an event of an EDL (or from
    marker to marker), a clip of an OpenTimelineIO file. --fps is for EDLs: 24 if left out, 29.97
    if drop-frame.
    """
    from laughtrack.analytics.audience.scenes import fit, scenes_of
    from laughtrack.analytics.inputs.scene_lists import read_scenes

    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    tables = options.tables_of(loaded, min_viewers)
    listed, remarks = fit(read_scenes(scene_list, None if fps is None else float(fps)), tables)
    for remark in remarks:
        say(f"{scene_list}: {remark}")
    write_table(scenes_of(tables, listed), format.value, output)


def groups(
    session: options.Session,
    by: Annotated[
        str, typer.Option(metavar="row|side|named|FILE.csv[:COLUMN]", help="Who belongs together.")
    ],
    min_group: Annotated[int, typer.Option(min=2, help="Leave smaller groups out.")] = 5,
    means: Annotated[
        bool, typer.Option("--means", help="Show each group by itself, no comparisons.")
    ] = False,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Compare groups of viewers, each with each other, with Holm's correction for their number."""
    from laughtrack.analytics.audience.groups import groups_of

    known = options.load_session(store, session, device, keep_ids, uncorrected)
    tables = options.tables_of(known, min_viewers)
    found, pairs, remarks = groups_of(tables, options.groups_in(known, by), min_group)
    for remark in remarks:
        say(remark)
    write_table(found if means else pairs, format.value, output)


def dial(
    session: options.Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="A column of times, and one a person.")
    ],
    max_lag: MaxLag = 10.0,
    curve: Annotated[
        bool, typer.Option("--curve", help="Show both curves, a line a second.")
    ] = False,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Lay dial data beside the smiles: how well they go together, and which follows by how much."""
    from laughtrack.analytics.audience.dial import dial_of, significant_lag_s
    from laughtrack.analytics.defaults import ALPHA
    from laughtrack.analytics.inputs.dial_recordings import read_dial

    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    tables = options.tables_of(loaded, min_viewers)
    try:
        found = dial_of(tables, read_dial(file), max_lag)
    except ValueError as error:
        named = str(error).startswith(str(file))
        raise ValueError(str(error) if named else f"{file}: {error}") from None
    if found.result["least_p"][0] > ALPHA:
        farthest = significant_lag_s(tables.length_s)
        more = "" if farthest is None else f"; --max-lag {farthest:g} can"
        length = f"a session of {tables.length_s:.0f} s"
        say(f"--max-lag {max_lag:g} can't be significant in {length}{more}")
    write_table(found.curve if curve else found.result, format.value, output)


class Of(str, Enum):
    """What the synchrony is of."""

    session = "session"
    windows = "windows"
    viewers = "viewers"


class Null(str, Enum):
    """What the synchrony is told from."""

    shift = "shift"
    phase = "phase"


def synchrony(
    session: options.Session,
    of: Annotated[Of, typer.Option(help="The whole session, stretches of it, or each viewer.")] = (
        Of.session
    ),
    window: Annotated[
        float, typer.Option(min=10, max=3600, help="Seconds of a stretch, whole ones.")
    ] = 30.0,
    null: Annotated[
        Null, typer.Option(help="What chance is: timelines moved in a circle, or other phases.")
    ] = Null.shift,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Say whether the viewers smiled together: correlation of each with the mean of the others."""
    from laughtrack.analytics.audience.synchrony import synchrony_of

    if window != round(window):
        raise typer.BadParameter(f"--window {window:g}: expected whole seconds")
    if of is not Of.session:
        options.refuse_singles(f"--of {of.value}", min_viewers)
    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    found = synchrony_of(options.tables_of(loaded, min_viewers), window, null=null.value)
    if of is Of.viewers:
        write_table(found.viewers, format.value, output)
        return
    write_table(found.whole if of is Of.session else found.windows, format.value, output)
