"""The room's picture, handed on from the process that looks: nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.responses import StreamingResponse

from laughtrack.analytics.web.live.event_stream import HEADERS

_PIECE_BYTES = 65_536
_PATIENCE_S = 10.0


async def picture(address: str) -> StreamingResponse:
    """Answer with the Motion-JPEG of a preview's page (`edge.preview.page`).

    Parameters
    ----------
    address : str
        The page's own, on the loopback.

    Raises
    ------
    OSError
        It is not there any more, or enough look at it already.
    """
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    host = f"{where.hostname}:{where.port}"
    writer.write(f"GET {where.path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE_S)
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        writer.close()
        raise OSError("the picture is looked at by enough others already, or is over")
    kind = next(
        line.split(b":", 1)[1].strip().decode()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-type:")
    )
    return StreamingResponse(_pieces(reader, writer), media_type=kind, headers=HEADERS)


async def _pieces(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> AsyncIterator[bytes]:
    try:
        while piece := await reader.read(_PIECE_BYTES):
            yield piece
    finally:
        writer.close()
