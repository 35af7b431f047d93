"""`laughtrack norms`: where a session stands among others, strata, months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from laughtrack.cli import options
from laughtrack.cli.store_list import Where, chosen_sessions, conditions, listed_sessions
from laughtrack.cli.terminal import counting, say, write_table

if TYPE_CHECKING:
    import pandas as pd

    from laughtrack.analytics.fleet.summaries import Kind

By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="KEY,...",
        help="Among those alike in: length, audience (its size), context, device, or a tag.",
    ),
]


class Others(NamedTuple):
    """Among which a session stands: of a store, with figures of a kind, alike in `by`, and those
    alone for which the conditions of `where` hold."""

    store: str
    kind: Kind
    by: str = ""
    where: list[str] | None = None


def norms(
    session: Annotated[
        str | None,
        typer.Argument(metavar="[SESSION]", help="A session's name, or DEVICE/NAME. [all]"),
    ] = None,
    by: By = "",
    where: Where = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="How a score changed over months, and whether it did.")
    ] = False,
    score: Annotated[str | None, typer.Option(help="Which one, with --drift. [share_smiling]")] = (
        None
    ),
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show where a session stands among others, what is usual among them, or how it drifts."""
    from laughtrack.analytics.fleet.summaries import Kind
    from laughtrack.analytics.formatting import count
    from laughtrack.analytics.norms.standing import DEFAULT_SCORE, SCORES, few
    from laughtrack.analytics.store.amendments.ledger import mended_sessions

    if score and score not in SCORES:
        raise typer.BadParameter(f"--score {score}: expected one of {', '.join(SCORES)}")
    if drift and (session or by):
        raise typer.BadParameter("--drift is of all sessions: leave out SESSION and --by")
    if score and not drift:
        raise typer.BadParameter("--score goes with --drift: all scores are shown without")
    others = Others(store, Kind(min_viewers, uncorrected), by, where)
    if drift:
        found = drift_of(others, score or DEFAULT_SCORE)
    elif session is None:
        found = strata_of(others)
    else:
        found = norms_of(others, session, device)
        if remark := few(found):
            say(remark)
    if not uncorrected and (mended := mended_sessions(store)):
        say(f"{count(len(mended), 'session')} with corrections by a person")
    write_table(found, format.value, output)


def norms_of(others: Others, session: str, device: str | None) -> pd.DataFrame:
    """Measure what of a store's sessions was not yet, with progress, and say where one of them
    stands."""
    from laughtrack.analytics.fleet.jobs import Job
    from laughtrack.analytics.fleet.others import with_others
    from laughtrack.analytics.norms.standing import norms
    from laughtrack.analytics.norms.strata import alike, keys_of, remarks, stratum_of
    from laughtrack.analytics.store.sessions import device_of

    name, named = options.key_of(session, device)
    job = Job(others.store, name, device_of(others.store, name, named))
    listed = _listed(others, (name, job.device))
    keys = keys_of(others.by, listed)
    with counting("measuring sessions", len(listed)) as step:
        table = with_others(listed, job, others.kind, step=step, left_out=say)
    found = alike(table, keys, name, job.device)
    for remark in remarks(found, keys):
        say(remark)
    return norms(found, name, job.device, stratum_of(found, keys))


def strata_of(others: Others) -> pd.DataFrame:
    """Say what is usual in each stratum of a store; without keys, in all of it."""
    from laughtrack.analytics.norms.strata import keys_of, of_strata, remarks

    listed = _listed(others)
    keys = keys_of(others.by, listed)
    table = _measured(others, listed)
    for remark in remarks(table, keys):
        say(remark)
    return of_strata(table, keys)


def drift_of(others: Others, score: str) -> pd.DataFrame:
    """Say how a score changed over months, and whether there is a trend."""
    from laughtrack.analytics.norms.drift import drift, remarks

    table = _measured(others, _listed(others))
    found = drift(table, score)
    for remark in remarks(table, found, score):
        say(remark)
    return found


def _listed(others: Others, own: tuple[str, str] | None = None) -> pd.DataFrame:
    """List the sessions that are meant, and the own one (session, device)."""
    from laughtrack.analytics.store.selection import Wanted

    known = listed_sessions(others.store)
    if not others.where:
        return known
    wanted = Wanted(where=conditions(others.where))
    rows = chosen_sessions(others.store, known, wanted, *others.kind)
    meant = {own, *zip(rows["session"], rows["device"], strict=True)}
    is_meant = [pair in meant for pair in zip(known["session"], known["device"], strict=True)]
    return known[is_meant]


def _measured(others: Others, listed: pd.DataFrame) -> pd.DataFrame:
    from laughtrack.analytics.fleet.others import measured

    with counting("measuring sessions", len(listed)) as step:
        return measured(others.store, listed, others.kind, step=step, left_out=say)
