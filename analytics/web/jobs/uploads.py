"""Films that are uploaded: written to disk as they come, within limits of size and patience."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import anyio
from anyio import CapacityLimiter
from fastapi import HTTPException
from starlette.requests import ClientDisconnect

_LONGEST_NAME = 120
_BLOCK_BYTES = 1 << 20
# Left for the store and for whatever else is on the disk.
_FREE_BYTES = 1_000_000_000
# The longest that nothing may come, s; and the least that must come, by the time that went by.
QUIET_S = 60.0
SLOWEST_BYTES_PER_S = 4_000


def file_name(said: str) -> str:
    """Return what an uploaded film is called here: the last part of its name, made harmless."""
    name = re.split(r"[/\\]", said)[-1]
    name = "".join(each if each.isprintable() and each not in '<>:"|?*' else "_" for each in name)
    path = Path(name.strip(" ."))
    suffix = path.suffix if len(path.suffix) <= 10 else ""
    stem = path.name[: len(path.name) - len(suffix)].strip(" .")
    while len(stem.encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem or 'film'}{suffix}"


def check_size(said: str | None, limit_bytes: int, folder: Path) -> None:
    """Refuse an upload that says that it is too large, before any of it is read.

    Parameters
    ----------
    said : str or None
        The request's Content-Length.
    limit_bytes : int
    folder : Path
        A folder on the disk that it would go to.
    """
    length = int(said) if said is not None and said.isascii() and said.isdecimal() else 0
    if length > limit_bytes:
        raise _too_large(limit_bytes)
    if shutil.disk_usage(folder).free - length < _FREE_BYTES:
        raise HTTPException(507, "the server's disk is too full for this film: make room first")


async def receive(chunks: AsyncIterator[bytes], path: Path, limit_bytes: int) -> None:
    """Write what comes to a file; nothing is left where it breaks off or is refused.

    Parameters
    ----------
    chunks : async iterator of bytes
        A request's body.
    path : Path
        Its folder is made, and removed with it.
    limit_bytes : int

    Raises
    ------
    HTTPException
        413 it is too large, 408 too slow, 400 it broke off or is empty, 507 the disk is full.
    """
    # Its own: pages that work must not hold up who uploads, nor the other way round.
    limiter = CapacityLimiter(1)
    try:
        path.parent.mkdir(parents=True, mode=0o700)
        with open(path, "xb") as file:
            if not await _write(chunks, file, limit_bytes, limiter):
                raise HTTPException(400, "the film is empty")
    except BaseException as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        if isinstance(error, ClientDisconnect):
            raise HTTPException(400, "the upload broke off") from None
        if isinstance(error, OSError) and not isinstance(error, TimeoutError):
            raise HTTPException(507, f"the film cannot be kept: {error.strerror}") from None
        raise


async def _write(
    chunks: AsyncIterator[bytes], file: BinaryIO, limit_bytes: int, limiter: CapacityLimiter
) -> int:
    """Write chunks in blocks; return how many bytes."""
    total, block, began_s = 0, bytearray(), time.monotonic()
    while True:
        try:
            with anyio.fail_after(QUIET_S):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise HTTPException(408, "the upload came to a halt: try again") from None
        total += len(chunk or b"")
        if total > limit_bytes:
            raise _too_large(limit_bytes)
        gone_s = time.monotonic() - began_s
        if chunk is not None and gone_s > QUIET_S and total < gone_s * SLOWEST_BYTES_PER_S:
            raise HTTPException(408, "the upload is too slow to ever end: try again")
        block += chunk or b""
        if chunk is None or len(block) >= _BLOCK_BYTES:
            await anyio.to_thread.run_sync(file.write, bytes(block), limiter=limiter)
            block.clear()
        if chunk is None:
            return total


def _too_large(limit_bytes: int) -> HTTPException:
    if not limit_bytes:
        return HTTPException(413, "this server takes no uploads: see --upload-limit")
    return HTTPException(
        413, f"the film is larger than the {limit_bytes / 1e9:g} GB that this server takes"
    )
