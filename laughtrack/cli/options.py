"""The commands' options, and the checks that make a wrong one exit with 2."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from laughtrack.analytics.defaults import MIN_VIEWERS
from laughtrack.analytics.inputs.timecode import rate_of
from laughtrack.cli import outputs
from laughtrack.cli.terminal import say
from laughtrack.edge.contexts import KINDS_IN_WORDS, check_context, check_title
from laughtrack.edge.readings import check_name
from laughtrack.edge.settings import FINDERS, PRECISIONS
from laughtrack.edge.tags import check_tags

if TYPE_CHECKING:
    import pandas as pd

    from laughtrack.analytics import session as stored
    from laughtrack.analytics.timelines.session_tables import SessionTables


class Format(str, Enum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def _checked(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make an option's callback of a function that raises ValueError."""

    def callback(value: Any) -> Any:
        try:
            return None if value is None else check(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return callback


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number of seconds")
    return value


def _preview(value: str) -> str:
    port = value.isascii() and value.isdigit() and 1 <= int(value) <= 65535
    if not port and not value.lower().endswith(".mp4"):
        raise ValueError(f"{value}: expected a file ending in .mp4, or a port from 1 to 65535")
    return value


def _commands(value: str) -> str:
    if value != "-":
        raise ValueError(f"{value}: expected -, standard input")
    return value


def _finder(value: str) -> str:
    if value not in FINDERS:
        raise ValueError(f"{value}: expected one of {', '.join(FINDERS)}")
    return value


def _scorer(value: str) -> str:
    if value not in PRECISIONS:
        raise ValueError(f"{value}: expected one of {', '.join(PRECISIONS)}")
    return value


def _tags(value: list[str]) -> list[str]:
    check_tags(value)
    return value


def _store(value: str) -> str:
    if not value.strip():
        raise ValueError("expected a folder or a URL")
    return value


def checked_option(check: Callable[[Any], Any], **settings: Any) -> Any:
    """Return an option whose value a function checks, which raises ValueError."""
    return _option(check=check, **settings)


def _option(*names: str, check: Callable[[Any], Any] = lambda value: value, **settings: Any) -> Any:
    return typer.Option(*names, callback=_checked(check), **settings)


STORE = "./laughtrack-data"
Store = Annotated[
    str,
    _option("--store", check=_store, envvar="LAUGHTRACK_STORE", help="Folder or URL of readings."),
]
Finder = Annotated[
    str,
    _option(
        check=_finder,
        metavar="|".join(FINDERS),
        help="Faces by Haar cascades, by FinderNet (a small net), or by both.",
    ),
]
Scorer = Annotated[
    str,
    _option(
        check=_scorer,
        metavar="|".join(PRECISIONS),
        help="SmileNet in whole numbers of 8 bits, or in 32-bit floats: slower, nearly the same.",
    ),
]
Rate = Annotated[float, typer.Option(help="Looks a second.", min=0.1, max=120)]
ScoreRate = Annotated[
    float,
    typer.Option(
        help="Scores a second and viewer at most; where looks are denser, the last one holds.",
        min=0.1,
        max=120,
    ),
]
SessionOption = Annotated[
    str | None,
    _option(
        check=lambda value: check_name("session", value),
        help="Its name in the store; else made up from the source or the time.",
    ),
]
From = Annotated[float, _option("--from", check=_finite, min=0, help="Begin here, s.")]
To = Annotated[float | None, _option("--to", check=_finite, min=0, help="End before this, s.")]
Duration = Annotated[float | None, _option(check=_finite, min=0.1, help="Stop after this, s.")]
Title = Annotated[
    str | None, _option(check=check_title, help="What was shown: the report's heading.")
]
Tags = Annotated[
    list[str] | None,
    _option(
        "--tag",
        check=_tags,
        metavar="KEY=VALUE",
        help="To find it by among many: film=, cut=, site=, genre= or a key of yours; repeat it.",
    ),
]
MediaOffset = Annotated[float, _option(check=_finite, help="Film time at the session's start, s.")]
Context = Annotated[
    str,
    _option(
        check=check_context, metavar="KIND", help=f"What kind of event this was: {KINDS_IN_WORDS}."
    ),
]
DeviceContext = Annotated[
    str | None,
    _option(
        "--context", check=check_context, metavar="KIND", help="What kind of event it will watch."
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace our session of that name once this one begins."),
]
Preview = Annotated[
    str | None,
    _option(
        check=_preview,
        metavar="FILE.mp4|PORT",
        help="Write the annotated picture to a film, or show it on a page whose address is told.",
    ),
]
Events = Annotated[
    str | None,
    typer.Option(
        metavar="-|FILE",
        help="Write what is seen as it is seen, a line of JSON a look: to a file, or - for here.",
    ),
]
Progress = Annotated[
    str | None,
    typer.Option(
        metavar="-|FILE",
        help="Write how far it is, a line of JSON a second: to a file, or - for here.",
    ),
]
Commands = Annotated[
    str | None,
    _option(
        check=_commands,
        metavar="-",
        help="Take commands from standard input, a line of JSON each: mark, title, stop. Its end "
        "is the session's.",
    ),
]
Fps = Annotated[
    float, _option("--fps", check=_finite, min=0.01, max=1000, help="Frames a second of the film.")
]
# Exact: 29.97 is 30000/1001.
FrameRate = Annotated[
    str | None,
    _option("--fps", check=rate_of, metavar="RATE", help="Frames a second, like 25 or 23.976."),
]
MinViewers = Annotated[
    int,
    typer.Option(
        min=1, envvar=MIN_VIEWERS, help="Withhold figures of fewer, and above 1 of single viewers."
    ),
]
KeepIds = Annotated[
    bool,
    typer.Option(
        "--keep-ids", help="Count each ID as recorded, also a new one in the same seat at once."
    ),
]
Uncorrected = Annotated[
    bool,
    typer.Option("--uncorrected", help="As recorded, without what a person corrected."),
]
Seconds = Annotated[float, _option(check=_finite, min=0.1, help="Length of the film.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Another seed is another audience.")]
TableFormat = Annotated[
    Format, typer.Option(help="Of what is written here; a file's ending says its own.")
]
Output = outputs.Table
Session = Annotated[
    str, typer.Argument(metavar="SESSION", help="A session's name, or DEVICE/NAME.")
]
Device = Annotated[
    str | None,
    _option(
        "--device",
        check=lambda value: check_name("device", value),
        help="Whose session, where several devices have one of that name.",
    ),
]


def moment(option: str, text: str | None, end: bool = False) -> datetime | None:
    """Read a date like 2026-11-27, or a time like 2026-11-27T20:15 in UTC or with its offset.

    A date alone is the day's begin, or with `end` the next one's.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    except ValueError:
        raise typer.BadParameter(
            f"{option} {text}: expected a date like 2026-11-27, or 2026-11-27T20:15, in UTC"
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone.utc)
    is_date = re.fullmatch(r"\d{4}-?\d\d-?\d\d", text.strip()) is not None
    try:
        return found + timedelta(days=1) if end and is_date else found
    except OverflowError:
        return found


class Key(NamedTuple):
    """A session as a user names it; `device` is None where the name alone was given."""

    session: str
    device: str | None


def key_of(session: str, device: str | None = None) -> Key:
    """Read SESSION or DEVICE/SESSION, and what `--device` says beside it."""
    named, slash, name = session.rpartition("/")
    if not slash:
        return Key(session, device)
    if device not in (None, named):
        raise typer.BadParameter(f"{session}: expected a session of --device {device}")
    return Key(name, named)


def load_session(
    store: str,
    session: str,
    device: str | None = None,
    keep_ids: bool = False,
    uncorrected: bool = False,
) -> stored.Session:
    """Load the session that a command's arguments name, and say what a person corrected of it, how
    many are left out of it, and how many IDs were joined."""
    from laughtrack.analytics.brief_viewers import remark
    from laughtrack.analytics.review.wording import remark as corrections
    from laughtrack.analytics.store.sessions import load_audience
    from laughtrack.analytics.timelines import fragments

    loaded = load_audience(store, *key_of(session, device), uncorrected)
    if corrected := corrections(loaded.amended):
        say(f"{loaded.name}: {corrected}")
    if left_out := remark(len(loaded.brief), len(loaded.static)):
        say(f"{loaded.name}: {left_out}")
    if keep_ids:
        return loaded._replace(joined=())
    loaded = fragments.join_fragments(loaded)
    if joined := fragments.remark(loaded):
        say(f"{loaded.name}: {joined}")
    return loaded


def tables_of(loaded: stored.Session, min_viewers: int) -> SessionTables:
    """Return a session's tables, and say what of them is withheld."""
    from laughtrack.analytics.timelines.session_tables import SessionTables

    tables = SessionTables(loaded, min_viewers)
    if tables.withholds:
        say(tables.remark())
    return tables


def refuse_singles(what: str, min_viewers: int) -> None:
    """Refuse what is of single viewers where figures of few are withheld."""
    if min_viewers > 1:
        raise typer.BadParameter(
            f"--min-viewers {min_viewers} (or {MIN_VIEWERS}): {what} is of single viewers and "
            "withheld; only --min-viewers 1 shows it"
        )


def groups_in(session: stored.Session, by: str) -> pd.DataFrame:
    """Say which viewer is in which group, as `--by` names them."""
    from laughtrack.analytics.inputs.viewer_groups import NAMED, SEATS, by_seat, named_groups
    from laughtrack.analytics.timelines.seating import seating

    if by == NAMED:
        return named_groups(session)
    return by_seat(seating(session.readings), by) if by in SEATS else _read_groups(session, by)


def _read_groups(session: stored.Session, by: str) -> pd.DataFrame:
    from laughtrack.analytics.inputs.viewer_groups import groups_of_file

    file, _, attribute = by, "", None
    if not by.lower().endswith(".csv"):
        file, _, attribute = by.rpartition(":")
    if not file.lower().endswith(".csv"):
        raise typer.BadParameter(
            f"--by {by}: expected row, side, named, FILE.csv or FILE.csv:COLUMN"
        )
    return groups_of_file(Path(file), session, attribute)
