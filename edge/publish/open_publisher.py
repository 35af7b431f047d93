"""Where batches go: an MQTT broker, Greengrass, or a file."""

from __future__ import annotations

import contextlib
import os


class Unsent(Exception):
    """A batch that was not taken, and may be later; the message says why and the cure.

    Attributes
    ----------
    broke : bool
        A connection that had been up for a while broke while the batch was on its way.
    """

    def __init__(self, message, broke=False):
        super().__init__(message)
        self.broke = broke


class Refused(Exception):
    """A batch that will never be taken; the message says why."""


def open_publisher(settings, on_command):
    """Open what `settings.publisher` names.

    Parameters
    ----------
    settings : edge.settings.Settings
    on_command : function
        Called with each message of the command topic, str or bytes, from any thread.

    Returns
    -------
    publisher
        ``send(payload)``, ``status(dict)``, ``close(dict or None)``, ``connected``, ``trouble``; an
        MQTT one also has ``connection``, which differs from one connection to the next.

    Raises
    ------
    ValueError
        The settings can never work; a network that is away is no such thing.
    """
    if settings.publisher == "mqtt":
        from laughtrack.edge.publish import mqtt

        return mqtt.MqttPublisher(settings, on_command)
    if settings.publisher in ("greengrass1", "greengrass2"):
        from laughtrack.edge.publish import greengrass_v1

        if settings.publisher == "greengrass1":
            return greengrass_v1.open_v1(settings, on_command)
        return greengrass_v1.open_v2(settings, on_command)
    return FilePublisher(settings.file)


class FilePublisher:
    """Appends batches to a file, a line each; each is on the disk when `send` returns.

    Parameters
    ----------
    path : str
        Made if it is not there. A last line that a power cut left unfinished is cut off.

    Attributes
    ----------
    connected : bool
    trouble : str
        Why the last batch could not be written; "" when it was.

    Raises
    ------
    ValueError
        The file cannot be opened.
    """

    connected = True

    def __init__(self, path):
        self._path, self.trouble = path, ""
        try:
            self._file = open(path, "a+b", buffering=0)  # noqa: SIM115
            self._end = _mend(self._file)
        except OSError as error:
            raise ValueError(
                f"file is {path!r}: {error.strerror}: name a file that this program may write"
            ) from None

    def send(self, payload):
        """Append a batch.

        Parameters
        ----------
        payload : bytes
            One line of JSON, without its end.

        Raises
        ------
        Unsent
            The disk is full or fails; no part of the line stays.
        """
        line = payload + b"\n"
        try:
            if self._file.write(line) != len(line):
                raise OSError(0, "the disk is full")
            os.fsync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            self.trouble = f"cannot write to {self._path}: {error.strerror}: make room on the disk"
            raise Unsent(self.trouble) from None
        self._end += len(line)
        self.trouble = ""

    def status(self, status):
        """Do nothing: a file holds batches alone."""

    def close(self, status=None):
        """Close the file."""
        self._file.close()


def _mend(file):
    """Cut off an unfinished last line; return the file's length."""
    end = file.seek(0, os.SEEK_END)
    # A batch is at most 120 KB; a longer line is none of ours.
    start = max(0, end - 131_072)
    file.seek(start)
    tail = file.read()
    rest = tail[tail.rfind(b"\n") + 1 :]
    if not rest:
        return end
    if rest.startswith(b'{"schema":'[: len(rest)]):
        return file.truncate(end - len(rest))
    return end + file.write(b"\n")
