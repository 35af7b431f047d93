"""One session from a source into the store: begun, carried on after a stop, or refused."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from analytics import store as readings_store
from edge import smile
from edge.frames import Source, SourceError
from edge.preview import open_preview
from edge.readings import check_name
from edge.watch import BATCH_S, Head, Watcher, batches


class Plan(NamedTuple):
    """What to record: a source and its part (see `edge.frames.Source`), and what is said of it.

    `facts` go into the session's info: title, context, media offset, versions. A `live` source
    cannot be carried on after a stop.
    """

    place: str
    session: str
    rate_hz: float
    from_s: float
    to_s: float | None
    live: bool
    facts: dict


class Outcome(NamedTuple):
    """What came of it: the second this run went on from, and how many the container lacked."""

    resumed_s: float
    missing_s: float


def facts(title, context, media_offset_s, source):
    """Gather what the store keeps of how a session was recorded; the report's last section.

    Parameters
    ----------
    title : str or None
        What was shown.
    context : str
        What kind of event it was.
    media_offset_s : float
        The film's time at the session's start.
    source : str
        Name of the footage or stream.

    Returns
    -------
    dict
        Those, the versions at work, and the model card's figures.
    """
    packages = ("laughtrack", "numpy", "opencv-contrib-python-headless", "openvino", "scipy")
    return {
        **({"title": title} if title else {}),
        "source": source,
        "context": context,
        "media_offset_s": media_offset_s,
        "versions": {name: version(name) for name in packages},
        "model": _card(),
    }


def _card():
    """Return the model card's main figures, named for those who read the report."""
    figures = json.loads((smile.ARTIFACTS / "figures.json").read_text())
    card = {"network": "SmileNet"}
    for key, name in (("genki4k", "GENKI-4K, unseen pictures"), ("lfw", "LFW, unseen people")):
        each = figures[key]
        card[f"{name}: faces found"] = f"{each['found']} of {each['pictures']}"
        card[f"{name}: found faces judged right"] = f"{100 * each['right']:.1f} %"
        card[f"{name}: area under the ROC curve"] = each["auc"]
        card[f"{name}: calibration error"] = each["ece"]
    return card


class SessionExists(Exception):
    """The session is in the store already; the message says how to go on."""


def record(plan, store, overwrite=False, preview=None, on_look=None):
    """Record one session; an unfinished one of the same plan is carried on.

    Parameters
    ----------
    plan : Plan
    store : str
        Folder or URL.
    overwrite : bool
        Forget a session of that name first.
    preview : str, optional
        As for `edge.preview.open_preview`.
    on_look : function, optional
        Called after each frame with its time in seconds, the viewers seen and the `Source`.

    Returns
    -------
    Outcome

    Raises
    ------
    SessionExists
        It is complete already, or was begun with another plan, and `overwrite` is off.
    SourceError, StoreError, ValueError
        What the source, the store or the options refuse.
    """
    check_name("session", plan.session)
    resume, started_utc = _resume(plan, store, overwrite)
    after = resume["last_index"] if resume else -1
    source = Source(plan.place, plan.rate_hz, plan.from_s, plan.to_s, after)
    watcher = Watcher(smile.load_scorer())
    head = Head(_device(plan), plan.session, started_utc or source.started_utc)
    info = {**plan.facts, "settings": _settings(plan)}
    picture = open_preview(preview, plan.rate_hz) if preview else None

    def looked(frame, tracks, readings):
        if picture:
            picture.show(frame, tracks, readings)
        if on_look:
            on_look(frame.t_s, len(readings), source)

    stored = 0
    try:
        for batch, state in batches(watcher, source, head, info, resume, looked):
            if batch.info.get("complete") and source.missing_s:
                batch.info["cut_short_s"] = round(source.missing_s, 3)
            readings_store.append(store, batch, json.dumps(state) if state else None)
            stored += 1
    finally:
        if picture:
            picture.close()
        if stored and batch.info.get("complete"):
            readings_store.finish(store, plan.session)
    if not stored:
        raise SourceError(f"{plan.place} was stopped before its first frame: nothing is stored")
    return Outcome(resume["last_s"] if resume else 0.0, source.missing_s)


def _resume(plan, store, overwrite):
    """Return the state to go on from and when the session began, or (None, None) to begin."""
    known = readings_store.sessions(store)
    known = known[known["session"] == plan.session]
    if known.empty:
        return None, None
    if overwrite:
        readings_store.forget(store, plan.session)
        return None, None
    advice = "choose another --session name, or --overwrite to replace it"
    if plan.live or known["complete"].any() or _device(plan) not in set(known["device"]):
        raise SessionExists(f"session {plan.session!r} is in {store} already: {advice}")
    begun = readings_store.load(store, plan.session, _device(plan))
    theirs, ours = begun.info.get("settings", {}), _settings(plan)
    if theirs != ours:
        said = ", ".join(
            f"{name} {theirs.get(name)} then and {value} now"
            for name, value in ours.items()
            if theirs.get(name) != value
        )
        raise SessionExists(f"session {plan.session!r} was begun otherwise ({said}): {advice}")
    _, resume = readings_store.resume_point(store, plan.session, _device(plan))
    return json.loads(resume), begun.spans["started_utc"].iloc[0]


def _device(plan):
    return "live" if plan.live else "replay"


def _settings(plan):
    """What must be the same for a session to be carried on."""
    return {
        "source": Path(plan.place).name,
        "rate_hz": plan.rate_hz,
        "from_s": plan.from_s,
        "to_s": plan.to_s,
        "batch_s": BATCH_S,
    }
