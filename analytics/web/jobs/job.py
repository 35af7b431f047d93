"""One film that waits to be scored, is being scored, or was."""

from __future__ import annotations

from typing import Any, NamedTuple

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
# What ended, and can be begun again from where it stopped.
STOPPED = (FAILED, CANCELLED)


class Job(NamedTuple):
    """A film and what is told of it; see `laughtrack replay`.

    `id` is the server's, of letters and digits; `place` the film's path. `title` is "" for none,
    `session` for a name that is made of the film's. `uploaded` films lie in the server's own
    folder, and are removed once they are scored unless `keep`. `preview` says whether an annotated
    film of it is made. `state` is one of the above; `message` what came of it, in a sentence;
    `key` the (device, session) that it is stored as, once that is known.
    """

    id: str
    place: str
    title: str = ""
    context: str = "screening"
    media_offset_s: float = 0.0
    session: str = ""
    uploaded: bool = False
    keep: bool = False
    preview: bool = False
    added_utc: str = ""
    state: str = WAITING
    message: str = ""
    key: tuple[str, str] | None = None


class Progress(NamedTuple):
    """How far a film is: `done_s` of `all_s` seconds, None where no end is known.

    `speed` is seconds of film a second, since the job was begun or carried on; `viewers` are in
    view now.
    """

    done_s: float = 0.0
    all_s: float | None = None
    speed: float = 0.0
    viewers: int = 0


def to_json(job: Job) -> dict[str, Any]:
    """Return a job as what JSON can hold."""
    return job._asdict()


def from_json(fields: dict[str, Any]) -> Job:
    """Read what `to_json` returned.

    Raises
    ------
    ValueError
        It is something else.
    """
    try:
        job = Job(**{name: fields[name] for name in Job._fields if name in fields})
    except (TypeError, KeyError) as error:
        raise ValueError(f"no job: {error}") from None
    device_session = fields.get("key")
    return job._replace(key=tuple(device_session) if device_session else None)
