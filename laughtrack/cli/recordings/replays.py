"""Replays of one film or of many: a session each, and what came of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from laughtrack.cli.recordings.footage import refuse
from laughtrack.cli.recordings.progress_lines import ProgressLines
from laughtrack.cli.recordings.recording import record
from laughtrack.cli.recordings.session_names import earlier_name, session_name
from laughtrack.cli.recordings.starting_point import (
    Plan,
    SessionComplete,
    choose_name,
    expected_errors,
)
from laughtrack.cli.terminal import say, show
from laughtrack.edge.session.metadata import session_metadata
from laughtrack.edge.settings import HOST_FINDER, HOST_SCORER, SCORE_HZ
from laughtrack.edge.tags import check_tags


class Options(NamedTuple):
    """What holds for all films of a command: see `laughtrack.cli.commands.record.replay`."""

    store: str
    rate_hz: float
    context: str
    title: str | None
    overwrite: bool
    finder: str = HOST_FINDER
    scorer: str = HOST_SCORER
    score_hz: float = SCORE_HZ
    tags: list[str] | None = None


class Part(NamedTuple):
    """What is said of one film alone."""

    session: str | None = None
    from_s: float = 0.0
    to_s: float | None = None
    media_offset_s: float = 0.0
    preview: str | None = None
    progress: str | None = None


def replay_one(place: str, options: Options, part: Part) -> None:
    """Replay a film, and show what is in the store then.

    Raises
    ------
    SourceError, StoreError, SessionExists, ValueError, OSError, Stopped
        As `laughtrack.cli.recordings.recording.record`.
    """
    refuse(place)
    plan = _plan(place, options, part)
    if part.session is None:
        name = choose_name(plan, options.store, earlier_name(place), ())
        plan = plan._replace(session=name)
    lines = ProgressLines(part.progress) if part.progress else None
    told = record(plan, options.store, options.overwrite, part.preview, feed=lines)
    (say if part.progress == "-" else show)(told)


def replay_many(places: Sequence[str], options: Options) -> bool:
    """Replay films one after the other; one that fails does not stop the rest.

    Parameters
    ----------
    places : sequence of str
        At least two.
    options : Options

    Returns
    -------
    bool
        Whether all are in the store.

    Raises
    ------
    Stopped
        The user stopped it: the same command carries on.
    """
    same = Counter(map(session_name, places))
    taken: set[str] = set()
    failed: list[str] = []
    there = 0
    for number, place in enumerate(places, 1):
        of = f"film {number} of {len(places)}"
        say(f"{of}: {place}")
        name = session_name(place)
        try:
            refuse(place)
            plan = _plan(place, options, Part())
            # Of several films with one name each is known by what is in the store.
            earlier = earlier_name(place) if same[name] == 1 else ""
            plan = plan._replace(session=choose_name(plan, options.store, earlier, taken))
            taken.add(plan.session)
            if plan.session != name:
                why = (
                    "as it was before" if plan.session == earlier else f"{name!r} is another film's"
                )
                say(f"{place} is session {plan.session!r}: {why}")
            show(record(plan, options.store, options.overwrite, None, of))
        except SessionComplete:
            there += 1
            say(f"session {plan.session!r} is in {options.store} already, whole: left as it is")
        except Exception as error:
            kind = "" if isinstance(error, expected_errors()) else f"{type(error).__name__}: "
            failed.append(f"{place}: {kind}{error}")
            say(f"failed: {failed[-1]}")
    done = len(places) - len(failed) - there
    already = f", {there} were there already" if there else ""
    say(f"{done} of {len(places)} films replayed{already}, {len(failed)} failed")
    for each in failed:
        say(f"failed: {each}")
    return not failed


def _plan(place: str, options: Options, part: Part) -> Plan:
    title, found_by, scored_by = options.title, options.finder, options.scorer
    described = session_metadata(
        title, options.context, part.media_offset_s, place, found_by, scored_by
    )
    if options.tags:
        described["tags"] = check_tags(options.tags)
    name = part.session or session_name(place)
    plan = Plan(place, name, options.rate_hz, part.from_s, part.to_s, False, described)
    return plan._replace(finder=found_by, scorer=scored_by, score_hz=options.score_hz)
