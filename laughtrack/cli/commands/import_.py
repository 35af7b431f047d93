"""`laughtrack import`: other programs' files of faces into the store, as a session."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import progress, say, uninterrupted

# So many batches become one commit: a commit takes as long as a hundred batches in it.
AT_ONCE = 50


class Form(str, Enum):
    """What files can be read."""

    openface = "openface"
    pyfeat = "pyfeat"
    affectiva = "affectiva"


# What a degree is of, for readers of the report.
SCORES = {
    "openface": "OpenFace's AU12_r (lip corner puller, 0 to 5)",
    "pyfeat": "py-feat's AU12 (lip corner puller, 0 to 1)",
    "affectiva": "Affectiva's smile (0 to 100)",
}


class _Plan(NamedTuple):
    """Under what name and with which facts; `settings` must be the same for it to be carried on."""

    session: str
    device: str
    started_utc: str
    settings: dict
    info: dict


def import_command(
    files: Annotated[
        list[Path], typer.Argument(help="Of one recording; each file's faces are other viewers.")
    ],
    form: Annotated[Form, typer.Option("--as", help="What wrote the files.")],
    session: options.SessionOption = None,
    fps: options.FrameRate = None,
    full: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            max=1e6,
            help="The files' value for a degree of 1. [5 openface, 1 pyfeat, 100 affectiva]",
        ),
    ] = None,
    title: options.Title = None,
    media_offset: options.MediaOffset = 0.0,
    context: options.Context = "screening",
    overwrite: options.Overwrite = False,
    store: options.Store = options.STORE,
):
    """Read faces that another program followed and scored into the store."""
    if form == Form.affectiva and fps is not None:
        raise typer.BadParameter("--fps: Affectiva's files have times, and no frames' numbers")
    if form == Form.pyfeat and fps is None:
        raise typer.BadParameter("--as pyfeat: its times are whole seconds; give --fps, the film's")
    with uninterrupted():
        from laughtrack.analytics.interchange import face_imports
        from laughtrack.cli.recording import name_of

    faces = face_imports.join(
        [face_imports.read(_there(path), form.value, fps, full) for path in files]
    )
    full = full or face_imports.FULL[form.value]
    said = {"title": title, "context": context, "media_offset_s": media_offset}
    plan = _plan(files, session or name_of(str(files[0])), (form.value, fps, full), said)
    fresh = _store(store, plan, faces, overwrite)
    if not fresh:
        say(f"{plan.session} was imported before: nothing is new")
    table = faces.table
    typer.echo(
        f"{plan.session}: {faces.looks[-1]:.1f} s, {table['viewer_id'].nunique()} viewers, "
        f"{len(table)} readings"
    )


def _there(path):
    if not path.is_file():
        raise OSError(f"no file {path}: give what the other program wrote")
    return path


def _plan(files, session, reading, said):
    import hashlib

    from laughtrack.edge.session.metadata import versions

    form, fps, full = reading
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    began = datetime.fromtimestamp(min(path.stat().st_mtime for path in files), timezone.utc)
    settings = {
        "imported_as": form,
        "files": [path.name for path in files],
        "sha256": digest.hexdigest(),
        "fps": None if fps is None else str(fps),
        "full": full,
    }
    info = {
        **{name: value for name, value in said.items() if value is not None},
        "source": files[0].name,
        "settings": settings,
        "versions": {"laughtrack": versions()["laughtrack"]},
        "model": {"score": f"{SCORES[form]}, over {full:g}"},
    }
    return _Plan(session, form, f"{began:%Y-%m-%dT%H:%M:%SZ}", settings, info)


def _store(store, plan, faces, overwrite):
    """Store a session's batches that are not there yet; return how many those are."""
    from laughtrack.analytics.store.batches import extend
    from laughtrack.analytics.store.compaction import finish
    from laughtrack.analytics.store.forget import forget

    replace = _standing(store, plan, overwrite)
    fresh, waiting, end_s = 0, [], float(faces.looks[-1])
    with progress(plan.session) as step:
        step(0.0, end_s)
        for batch in _batches(plan, faces):
            waiting.append(batch)
            if len(waiting) < AT_ONCE and not batch.info.get("complete"):
                continue
            if replace:
                forget(store, plan.session)
                replace = False
            fresh += sum(extend(store, waiting))
            waiting = []
            step(batch.end_s, end_s)
    finish(store, plan.session)
    return fresh


def _standing(store, plan, overwrite):
    """Say whether to replace a session of that name; refuse one that is another's."""

    from laughtrack.analytics.store.sessions import list_sessions, load
    from laughtrack.cli.recording import SessionExists

    known = list_sessions(store)
    devices = known.loc[known["session"] == plan.session, "device"].tolist()
    if not devices:
        return False
    if devices == [plan.device]:
        info = load(store, plan.session).info
        if info.get("settings") == plan.settings:
            return False
    if overwrite:
        return True
    raise SessionExists(
        f"session {plan.session!r} is in {store} already, of other files or settings: choose "
        "another --session name, or --overwrite to replace it"
    )


def _batches(plan, faces):
    """Yield the batches: the same for the same files, so that what is there counts once."""
    from laughtrack.edge.pipeline.batching import Batcher, BatchHeader

    batcher = Batcher(BatchHeader(plan.device, plan.session, plan.started_utc), plan.info)
    for t_s, readings in _looks(faces):
        closed = batcher.add(t_s, readings)
        if closed is not None:
            yield closed
    yield batcher.close({"complete": True})


def _looks(faces):
    """Yield each look's time and its readings, steadied as a camera's are."""
    import numpy as np

    from laughtrack.edge.readings import Reading
    from laughtrack.edge.smile.smoothing import Smoother

    smoother, table = Smoother(), faces.table
    rows = table.astype({"raw": object}).where(table.notna(), None).itertuples(index=False)
    counts = np.bincount(np.searchsorted(faces.looks, table["t_s"]), minlength=len(faces.looks))
    for t_s, count in zip(faces.looks.tolist(), counts.tolist(), strict=True):
        readings = []
        for _ in range(count):
            row = next(rows)
            smile = smoother.update(row.viewer_id, t_s, row.raw)
            box = (row.x1, row.y1, row.x2, row.y2)
            readings.append(Reading(row.viewer_id, t_s, box, row.quality, row.raw, smile))
        yield t_s, readings
