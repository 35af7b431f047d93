"""Publishing through the nucleus of Greengrass version 2 on the same machine."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Callable

from laughtrack.edge.publish.errors import Unsent
from laughtrack.edge.publish.greengrass import FULL, as_json, check_size, line

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings, Topics

log = logging.getLogger("laughtrack.greengrass")

# Longest that the nucleus, a process on this machine, may take to answer.
ANSWER_S = 10.0
# What the nucleus answers, by the name of awsiotsdk's error, when the connection itself is fine.
_CURES = {
    "UnauthorizedError": "Greengrass does not let this component use its topics: name them under "
    "accessControl, aws.greengrass.ipc.mqttproxy, in the recipe",
    "ServiceError": FULL,
    "InvalidArgumentsError": "Greengrass does not take this topic: check the setting topic",
}


def open_v2(
    settings: Settings,
    on_command: Callable[[bytes], object],
    connect: Callable[[], Any] | None = None,
) -> NucleusPublisher:
    """Open the publisher for a component under Greengrass version 2, and listen for commands.

    Parameters
    ----------
    settings : edge.settings.Settings
    on_command : function
        Called with the bytes of each message on the command topic, from another thread.
    connect : function, optional
        Makes the client: awsiotsdk's `GreengrassCoreIPCClientV2` by default.

    Returns
    -------
    NucleusPublisher

    Raises
    ------
    ValueError
        If awsiotsdk is missing, or this process is no component of Greengrass.
    """
    if connect is None:
        try:
            from awsiot.greengrasscoreipc.clientv2 import GreengrassCoreIPCClientV2
        except ImportError as error:
            raise ValueError(
                f"publisher is greengrass2, but awsiotsdk is missing ({error}): "
                "pip install 'awsiotsdk>=1.20'"
            ) from None
        connect = GreengrassCoreIPCClientV2
    publisher = NucleusPublisher(settings.topics(), on_command, connect)
    try:
        publisher.open()
    except KeyError as error:
        raise ValueError(
            f"publisher is greengrass2, but {error.args[0]} is not set, so this is no component of "
            "Greengrass version 2: deploy it with `laughtrack deploy greengrass`, or set publisher "
            "to mqtt"
        ) from None
    except Exception as error:
        # The nucleus may come up later; the first message tries again.
        publisher.fail(error)
    return publisher


class NucleusPublisher:
    """Hands messages to the nucleus of Greengrass version 2, which sends them with QoS 1.

    A success says that the nucleus has it in its queue (by default 2.5 MB in memory, the oldest
    dropped when full), not that the cloud has. Status is published retained; there is no last will.
    A lost connection to the nucleus is opened anew with the next batch.

    Parameters
    ----------
    topics : tuple of str
        Timeline, status and command: `edge.settings.Settings.topics`.
    on_command : function
        Called with the bytes of each command.
    connect : function
        Makes a client with `publish_to_iot_core_async`, `subscribe_to_iot_core_async` and `close`.

    Attributes
    ----------
    connected : bool
        Whether the nucleus took the last batch.
    trouble : str
        Why not, and the cure; empty when it did.
    """

    def __init__(
        self,
        topics: Topics,
        on_command: Callable[[bytes], object],
        connect: Callable[[], Any],
    ) -> None:
        self._timeline, self._status, self._command = topics
        self._on_command, self._connect = on_command, connect
        self._one = threading.RLock()
        self._client: Any = None
        self.trouble = ""

    @property
    def connected(self) -> bool:
        """Whether the nucleus took the last batch."""
        return self._client is not None and not self.trouble

    def open(self) -> None:
        """Connect to the nucleus and subscribe to commands; raises what awsiotsdk raises."""
        with self._one:
            client = self._connect()
            try:
                self._listen(client)
            except Exception as error:
                if type(error).__name__ not in _CURES:
                    _close(client)
                    raise
                # Batches can still be sent.
                log.warning("no commands: %s (%s)", _CURES[type(error).__name__], line(error))
            self._client, self.trouble = client, ""

    def _listen(self, client: Any) -> None:
        answer, _ = client.subscribe_to_iot_core_async(
            topic_name=self._command,
            qos="1",
            on_stream_event=lambda event: self._on_command(event.message.payload),
            # Returning nothing keeps the stream open.
            on_stream_error=lambda error: log.warning("a command was lost: %s", line(error)),
        )
        answer.result(ANSWER_S)

    def fail(self, error: Exception) -> None:
        """Note why the nucleus takes nothing; unless that is its own answer, connect anew next."""
        name = type(error).__name__
        self.trouble = f"{_CURES.get(name, FULL)} ({name}: {line(error)})"
        if name not in _CURES and self._client is not None:
            client, self._client = self._client, None
            _close(client)

    def send(self, payload: bytes) -> None:
        """Publish a batch with QoS 1.

        Parameters
        ----------
        payload : bytes

        Raises
        ------
        Unsent
            The nucleus does not take it now, or this component may not publish there.
        Refused
            It is too large for AWS IoT Core.
        """
        check_size(payload)
        with self._one:
            try:
                if self._client is None:
                    self.open()
                self._client.publish_to_iot_core_async(
                    topic_name=self._timeline, qos="1", payload=payload
                ).result(ANSWER_S)
            except Exception as error:  # the SDK's errors have no common parent but this
                self.fail(error)
                raise Unsent(self.trouble) from None
            self.trouble = ""

    def status(self, status: dict[str, Any]) -> None:
        """Publish the device's state, a dict, retained; neither waits for an answer nor raises."""
        client = self._client
        if client is None:
            return
        try:
            client.publish_to_iot_core_async(
                topic_name=self._status, qos="1", payload=as_json(status), retain=True
            )
        except Exception as error:
            log.debug("status not sent: %s", line(error))

    def close(self, status: dict[str, Any] | None = None) -> None:
        """Publish a last status, if one is given, and say goodbye to the nucleus."""
        client = self._client
        if client is None:
            return
        try:
            if status is not None:
                client.publish_to_iot_core_async(
                    topic_name=self._status, qos="1", payload=as_json(status), retain=True
                ).result(ANSWER_S)
        except Exception as error:
            log.debug("status not sent: %s", line(error))
        self._client = None
        _close(client)


def _close(client: Any) -> None:
    try:
        client.close()
    except Exception as error:
        log.debug("the connection to Greengrass did not close: %s", line(error))
