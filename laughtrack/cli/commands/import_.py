"""`laughtrack import`: other programs' files of faces into the store, as a session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import progress, say, show, uninterrupted
from laughtrack.edge.tags import check_tags

if TYPE_CHECKING:
    from fractions import Fraction

    from laughtrack.analytics.interchange.face_imports import Faces
    from laughtrack.edge.readings import Batch, Reading

# So many batches become one commit: a commit takes as long as a hundred batches in it.
BATCHES_A_COMMIT = 50


class Form(str, Enum):
    """What files can be read."""

    openface = "openface"
    pyfeat = "pyfeat"
    affectiva = "affectiva"
    imotions = "imotions"


# What a score is of, for readers of the report.
SCORES = {
    "openface": "OpenFace's AU12_r (lip corner puller, 0 to 5)",
    "pyfeat": "py-feat's AU12 (lip corner puller, 0 to 1)",
    "affectiva": "Affectiva's smile (0 to 100)",
    "imotions": "iMotions' Smile, AU12 Evidence, Joy Evidence or Joy, the first it has (0 to 100)",
}


class _Plan(NamedTuple):
    """Under what name and with which facts; `settings` must be the same for it to be carried on."""

    session: str
    device: str
    started_utc: str
    settings: dict[str, Any]
    info: dict[str, Any]


class _Source(NamedTuple):
    """What is read: the program, the frames a second if its files need them, the full scale."""

    form: str
    rate: Fraction | None
    full_scale: float


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
            help="The files' value for a degree of 1. [5 openface, 1 pyfeat, else 100]",
        ),
    ] = None,
    title: options.Title = None,
    tag: options.Tags = None,
    media_offset: options.MediaOffset = 0.0,
    context: options.Context = "screening",
    overwrite: options.Overwrite = False,
    store: options.Store = options.STORE,
) -> None:
    """Read faces that another program followed and scored into the store."""
    if form in (Form.affectiva, Form.imotions) and fps is not None:
        raise typer.BadParameter(f"--fps: --as {form.value}: its files have times")
    if form == Form.pyfeat and fps is None:
        raise typer.BadParameter("--as pyfeat: its times are whole seconds; give --fps, the film's")
    with uninterrupted():
        from laughtrack.analytics.interchange import face_imports
        from laughtrack.analytics.store.sessions import names_of
        from laughtrack.cli.recordings.recording import say_shared
        from laughtrack.cli.recordings.session_names import earlier_name, session_name

    # The option's check has read it.
    rate = cast("Fraction | None", fps)
    source = _Source(form.value, rate, full or face_imports.SCALES[form.value])
    faces = face_imports.join([face_imports.read(_checked(path), *source) for path in files])
    for remark in faces.remarks:
        say(remark)
    tags = check_tags(tag) if tag else None
    facts = {"title": title, "context": context, "media_offset_s": media_offset, "tags": tags}
    plan = _plan(files, session or session_name(str(files[0])), source, facts)
    earlier = earlier_name(str(files[0]))
    if not session and earlier in names_of(store, plan.device):
        plan = plan._replace(session=earlier)
    if not _store(store, plan, faces, overwrite):
        say(f"{plan.session} was imported before: nothing is new")
    say_shared(store, plan.session, plan.device)
    table = faces.table
    show(
        f"{plan.session}: {faces.frames_t_s[-1]:.1f} s, {table['viewer_id'].nunique()} viewers, "
        f"{len(table)} readings"
    )


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise OSError(f"no file {path}: give what the other program wrote")
    return path


def _plan(files: Sequence[Path], session: str, source: _Source, facts: dict[str, Any]) -> _Plan:
    import hashlib

    from laughtrack.edge.session.metadata import versions

    form, rate, full_scale = source
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    began = datetime.fromtimestamp(min(path.stat().st_mtime for path in files), timezone.utc)
    settings = {
        "imported_as": form,
        "files": [path.name for path in files],
        "sha256": digest.hexdigest(),
        "fps": None if rate is None else str(rate),
        "full": full_scale,
    }
    info = {
        **{name: value for name, value in facts.items() if value is not None},
        "source": files[0].name,
        "settings": settings,
        "versions": {"laughtrack": versions()["laughtrack"]},
        "model": {"score": f"{SCORES[form]}, over {full_scale:g}"},
    }
    return _Plan(session, form, f"{began:%Y-%m-%dT%H:%M:%SZ}", settings, info)


def _store(store: str, plan: _Plan, faces: Faces, overwrite: bool) -> int:
    """Store a session's batches that are not there yet; return how many those are."""
    from laughtrack.analytics.store.batches import extend
    from laughtrack.analytics.store.compaction import finish
    from laughtrack.analytics.store.forget import forget

    replaces = _replaces(store, plan, overwrite)
    pending: list[Batch] = []
    new, end_s = 0, float(faces.frames_t_s[-1])
    with progress(plan.session) as step:
        step(0.0, end_s)
        for batch in _batches(plan, faces):
            pending.append(batch)
            if len(pending) < BATCHES_A_COMMIT and not batch.info.get("complete"):
                continue
            if replaces:
                forget(store, plan.session, plan.device)
                replaces = False
            new += sum(extend(store, pending))
            pending = []
            step(batch.end_s, end_s)
    finish(store, plan.session, plan.device)
    return new


def _replaces(store: str, plan: _Plan, overwrite: bool) -> bool:
    """Return whether to replace a session of that name; refuse one that is another's."""
    from laughtrack.analytics.store.sessions import devices_with, load
    from laughtrack.cli.recordings.starting_point import SessionExists, refuse_with_opt_outs

    if plan.device not in devices_with(store, plan.session):
        return False
    info = load(store, plan.session, plan.device).info
    if info.get("settings") == plan.settings:
        return False
    if overwrite:
        refuse_with_opt_outs(store, plan.session, plan.device)
        return True
    raise SessionExists(
        f"session {plan.session!r} is in {store} already, of other files or settings: choose "
        "another --session name, or --overwrite to replace it"
    )


def _batches(plan: _Plan, faces: Faces) -> Iterator[Batch]:
    """Yield the batches: the same for the same files, so that what is there counts once."""
    from laughtrack.edge.pipeline.batching import Batcher, BatchHeader

    batcher = Batcher(BatchHeader(plan.device, plan.session, plan.started_utc), plan.info)
    for t_s, readings in _frames(faces):
        closed = batcher.add(t_s, readings)
        if closed is not None:
            yield closed
    last = batcher.close({"complete": True})
    if last is not None:
        yield last


def _frames(faces: Faces) -> Iterator[tuple[float, list[Reading]]]:
    """Yield each frame's time and its readings, smoothed as a camera's are."""
    import numpy as np

    from laughtrack.edge.readings import Reading
    from laughtrack.edge.smile.smoothing import Smoother

    smoother, table, frames_t_s = Smoother(), faces.table, faces.frames_t_s
    rows = table.astype({"raw": object}).where(table.notna(), None).itertuples(index=False)
    counts = np.bincount(np.searchsorted(frames_t_s, table["t_s"]), minlength=len(frames_t_s))
    for t_s, count in zip(frames_t_s.tolist(), counts.tolist(), strict=True):
        readings = []
        for _ in range(count):
            row = next(rows)
            smile = smoother.update(row.viewer_id, t_s, row.raw)
            box = (row.x1, row.y1, row.x2, row.y2)
            readings.append(Reading(row.viewer_id, t_s, box, row.quality, row.raw, smile))
        yield t_s, readings
