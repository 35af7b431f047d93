"""`laughtrack faces`: the faces in pictures, and how much each smiles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import counting, say, uninterrupted, write_table
from laughtrack.edge.settings import HOST_FINDER

# Named on the terminal; of more, their number.
_SHOWN = 20


def faces(
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURE", help="Pictures, or folders of pictures.")
    ],
    finder: options.Finder = HOST_FINDER,
    min_viewers: options.MinViewers = 1,
    context: options.Context = "screening",
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
) -> None:
    """Find the faces in pictures and score their smiles; nothing is stored.

    A line a face: x, y, width and height in pixels, the smile's score and how far it can be trusted
    (quality), both from 0 to 1. A face too small, dark or turned to be judged, or whose mouth is
    covered, has no score. A score is of a single person, so that --min-viewers above 1 refuses it.
    """
    options.refuse_singles("a picture's faces", min_viewers)
    with uninterrupted():
        from laughtrack.face_table import face_table, list_pictures

    listed = list_pictures(pictures)
    for remark in listed.remarks:
        say(remark)
    with counting("looking for faces", len(listed.pictures)) as step:
        found = face_table(listed.pictures, step, finder)
    _name([f"no face found in {each}" for each in found.faceless], "pictures without a face")
    _name(found.unreadable, "pictures that cannot be read")
    if len(found.unreadable) < len(listed.pictures):
        write_table(found.table, format.value, output)
    if found.unreadable:
        raise typer.Exit(1)


def _name(lines: list[str], what: str) -> None:
    for line in lines[:_SHOWN]:
        say(line)
    if len(lines) > _SHOWN:
        say(f"and {len(lines) - _SHOWN} more {what}")
