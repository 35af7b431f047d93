"""Where a store is: a folder or a URL as a user names it, and what is in the way there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from laughtrack.edge.console import printable

# deltalake makes a URL of the path, and a host's name of that URL: it panics at these, or looks in
# another folder. No escaping helps; links are followed first.
_IMPOSSIBLE = re.compile(r"[\x00-\x1f\x7f\[\]\\^|\ud800-\udfff]|%[0-9A-Fa-f]{2}")


class StoreError(Exception):
    """The store cannot be read or written; the message names it and the next step."""


def location(store: str) -> str:
    """Return the URL or the absolute path of a store; refuse a path that can hold none.

    Raises
    ------
    StoreError
        Naming what is in the way.
    """
    if store.lower().startswith("file://"):
        store = unquote(urlsplit(store).path)
    if "://" in store:
        return store
    folder = Path(store).absolute()
    try:
        _check(store, folder)
    except OSError as error:
        raise StoreError(
            f"cannot read {store}: {error.strerror}: choose another folder with --store"
        ) from None
    return str(folder)


def _check(store: str, folder: Path) -> None:
    # What a link points to counts: deltalake follows it.
    for path in (str(folder), os.path.realpath(folder)):
        found = _IMPOSSIBLE.search(path)
        if found:
            raise StoreError(
                f"{printable(path)} has {_named(found[0])} in its name, and such a folder can hold "
                "no store: choose another with --store, or rename it"
            )
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{store} is a file, not a folder: choose another with --store")
    if folder.is_dir() and not (folder / "_delta_log").is_dir() and any(folder.iterdir()):
        raise StoreError(
            f"{store} holds other files and is not a store: "
            "choose an empty or new folder with --store"
        )


def _named(text: str) -> str:
    if text.startswith("%"):
        return "a % before two hexadecimal digits"
    return text if text.isprintable() else f"the character {text!a}"


def no_store(store: str) -> str:
    """Say that nothing was stored at a place yet, and what to do."""
    make = "name another with --store, or begin this one with `laughtrack replay` or `live`"
    if "://" in store:
        return f"there is no store at {store}: {make}"
    if os.path.isdir(store):
        return f"{store} is an empty folder, not a store: {make}"
    return f"there is no store {store}, no such folder: {make}"
