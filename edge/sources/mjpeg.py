"""A stream of bytes cut into the JPEG pictures that follow one another in it."""

from __future__ import annotations

import re

# More than this without an end is no picture.
LARGEST_BYTES = 1 << 25
# In the coded part of a picture: a marker that is neither a stuffed byte nor a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA


class Splitter:
    """Cuts a stream of bytes into JPEG pictures, one after the other without anything between."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._at = 0  # how far the picture at the front has been understood
        self._coded = False  # whether the coded part begins there

    def feed(self, data: bytes) -> list[bytes]:
        """Take the stream's next bytes.

        Parameters
        ----------
        data : bytes

        Returns
        -------
        list of bytes
            The pictures that they complete, in order. What is no picture is passed over.
        """
        self._bytes += data
        if len(self._bytes) > LARGEST_BYTES:
            self._drop(len(self._bytes))
        pictures: list[bytes] = []
        while True:
            end = self._step()
            if end is None:
                return pictures
            if end:
                pictures.append(bytes(self._bytes[:end]))
                self._drop(end)

    def _step(self) -> int | None:
        """Understand one more part; returns where the picture ends, 0 before, None to wait."""
        if self._at == 0:
            return self._find_start()
        if self._coded:
            found = _MARKER.search(self._bytes, self._at)
            if found is None:
                # The last byte may be half a marker.
                self._at = max(self._at, len(self._bytes) - 1)
                return None
            self._at, self._coded = found.start(), False
        return self._take_marker()

    def _find_start(self) -> int | None:
        start = self._bytes.find(b"\xff\xd8\xff")
        self._drop(start if start >= 0 else max(0, len(self._bytes) - 2))
        if start < 0:
            return None
        self._at = 2
        return 0

    def _take_marker(self) -> int | None:
        """Pass one marker and what belongs to it, such as a thumbnail, which is a JPEG too."""
        head = self._bytes[self._at : self._at + 4]
        if len(head) >= 2 and head[0] == 0xFF and head[1] == _END:
            return self._at + 2
        if head[:2] == b"\xff\xff":  # padding before a marker
            self._at += 1
            return 0
        if len(head) < 4:
            return None
        length = head[2] << 8 | head[3]
        if head[0] != 0xFF or head[1] in (0, _START) or length < 2:
            self._drop(
                2
            )  # The picture was cut off: the next one begins somewhere behind its start.
            return 0
        if len(self._bytes) < self._at + 2 + length:
            return None
        self._at += 2 + length
        self._coded = head[1] == _SCAN
        return 0

    def _drop(self, count: int) -> None:
        del self._bytes[:count]
        self._at, self._coded = 0, False
