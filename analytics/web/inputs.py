"""What comes to a session's page beside the session, kept in the server's state folder.

Scenes, dials and groups are files that somebody gave; the film is one that the server may see. A
folder holds what one session has, and says when that session began: another that later has the
same name starts with nothing. A change names the version that it was made from, so that of two
browsers the second is told.
"""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.edge import atomic_files

_FOLDER = "sessions"
FILES = ("scenes", "dial", "groups")
Kind = Literal["scenes", "dial", "groups"]
_CHANGED = (
    "somebody else changed what comes to this session's page meanwhile: load the page again and "
    "repeat what you did"
)


class Given(BaseModel):
    """A file that somebody gave: its name, and what is said of it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Its name, whose ending says what it is.", max_length=200)
    fps: str = Field(default="", description="Frames a second of an edit list, which does not say.")
    column: str = Field(
        default="", description="Of groups: the column that names them.", max_length=200
    )


class Inputs(BaseModel):
    """What comes to a session's page beside the session."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(default=0, description="A change names the version that it was made from.")
    scenes: Given | None = Field(default=None, description="The film's scenes.")
    dial: Given | None = Field(default=None, description="What people turned a dial to.")
    groups: Given | None = Field(default=None, description="Who is in which group.")
    by: Literal["", "row", "side", "named", "file"] = Field(
        default="", description="What groups are compared by."
    )
    norms: bool = Field(
        default=False, description="Whether it is set among the store's other sessions."
    )
    norms_by: str = Field(
        default="",
        max_length=200,
        description="What the others must be alike in, such as genre,length,audience.",
    )
    film: str = Field(default="", description="Its path on the server; empty for none.")
    language: Literal["en", "de", "fr"] = Field(default="en", description="The page's.")


class Kept(NamedTuple):
    """Where one session's inputs are, and when it began."""

    folder: Path
    began: str

    def path(self, kind: str, given: Given) -> Path:
        """Return where a given file is kept, under its own ending."""
        return self.folder / f"{kind}{Path(given.name).suffix.lower()}"


_lock = threading.Lock()


def kept_of(state: Path, tables: SessionTables) -> Kept:
    """Return where a session's inputs are kept in a server's state folder.

    The names of device and session have no slash and begin with a letter or a digit.
    """
    spans = tables.spans
    began = "" if spans.empty else str(spans["started_utc"].iloc[0])
    return Kept(state / _FOLDER / tables.session.device / tables.name, began)


def read(kept: Kept) -> Inputs:
    """Return a session's inputs; nothing where nobody gave any, or they are another session's."""
    try:
        found = json.loads((kept.folder / "inputs.json").read_text(encoding="utf-8"))
        if found.pop("began") != kept.began:
            return Inputs()
        return Inputs.model_validate(found)
    except FileNotFoundError:
        return Inputs()
    except (ValueError, KeyError, AttributeError, ValidationError) as error:
        raise ValueError(f"{kept.folder / 'inputs.json'} is damaged: remove it: {error}") from None


def change(kept: Kept, was: int, file: tuple[str, bytes] | None = None, **values: Any) -> Inputs:
    """Change a session's inputs.

    Parameters
    ----------
    kept : Kept
    was : int
        The version that the change was made from.
    file : (kind, bytes), optional
        What a given file holds; what is said of it is in `values` under its kind.
    **values
        Fields of `Inputs`.

    Returns
    -------
    Inputs
        As they are now.

    Raises
    ------
    HTTPException
        409: somebody else changed them meanwhile.
    OSError
        They cannot be written; they are as they were.
    """
    with _lock:
        before = read(kept)
        if before.version != was:
            raise HTTPException(409, _CHANGED)
        after = before.model_copy(update={**values, "version": was + 1})
        if before.version == 0:
            shutil.rmtree(kept.folder, ignore_errors=True)
        kept.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if file is not None:
            given = getattr(after, file[0])
            atomic_files.write(str(kept.path(file[0], given)), file[1])
        said = {"began": kept.began, **after.model_dump()}
        atomic_files.write(str(kept.folder / "inputs.json"), json.dumps(said).encode())
        named = {kept.path(kind, given) for kind in FILES if (given := getattr(after, kind))}
        for each in kept.folder.iterdir():
            if each.name != "inputs.json" and each not in named:
                each.unlink()
        return after


def forget(state: Path, device: str, session: str) -> None:
    """Remove what is kept for a session."""
    with _lock:
        shutil.rmtree(state / _FOLDER / device / session, ignore_errors=True)


def prune(state: Path, sessions: set[tuple[str, str]]) -> None:
    """Remove what is kept for sessions that are gone; `sessions` are (device, session) pairs."""
    for folder in (state / _FOLDER).glob("*/*"):
        if (folder.parent.name, folder.name) not in sessions:
            forget(state, folder.parent.name, folder.name)
