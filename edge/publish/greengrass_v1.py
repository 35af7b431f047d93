"""Publishing through the core of Greengrass version 1 on the same machine."""

from __future__ import annotations

import logging
import os
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from laughtrack.edge.publish.errors import Unsent
from laughtrack.edge.publish.greengrass import FULL, as_json, check_size, line

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings, Topics

log = logging.getLogger("laughtrack.greengrass")


def open_v1(settings: Settings) -> CorePublisher:
    """Open the publisher for a Lambda function under Greengrass version 1.

    It hears no commands: the core hands messages to the Lambda's handler, which passes them on; see
    `edge/deploy/greengrass/lambda_function.py`.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    CorePublisher

    Raises
    ------
    ValueError
        If this process does not run under a Greengrass core, saying how it shows.
    """
    try:
        import greengrasssdk
    except ImportError as error:
        raise ValueError(
            f"publisher is greengrass1, but its SDK is missing ({error}): run the package that "
            "`laughtrack deploy lambda` builds, or pip install greengrasssdk==1.6.1"
        ) from None
    # Without this name the SDK drops every message and reports success.
    if not os.environ.get("MY_FUNCTION_ARN"):
        raise ValueError(
            "publisher is greengrass1, but MY_FUNCTION_ARN is not set, so this is no Lambda under "
            "Greengrass: set publisher to mqtt"
        )
    try:
        client = greengrasssdk.client("iot-data")
        from greengrasssdk.Lambda import InvocationException
    except ImportError as error:
        raise ValueError(
            f"publisher is greengrass1, but this is not Greengrass version 1 ({error}): its core "
            "brings greengrass_common with it; elsewhere set publisher to mqtt"
        ) from None
    # The SDK writes a stack trace for each refusal, and at debug level the payload; ours is a line.
    logging.getLogger("greengrasssdk").setLevel(logging.CRITICAL)
    return CorePublisher(settings.topics(), client, InvocationException)


class CorePublisher:
    """Hands messages to the core of Greengrass version 1 on this machine.

    The way to the core is QoS 0, and there is no acknowledgement from the cloud: a message that the
    core took is gone from our outbox. The core's own queue holds 2.5 MB unless it was configured
    otherwise, and drops its oldest when that is full. Status is published, never retained, and
    there is no last will.

    Parameters
    ----------
    topics : tuple of str
        Timeline, status and command: `edge.settings.Settings.topics`.
    client : object
        With ``publish(topic=, payload=, queueFullPolicy=)``, as `greengrasssdk` has it.
    refusal : type
        The exception that it raises when the core does not take a message.

    Attributes
    ----------
    connected : bool
        Whether the core took the last message.
    trouble : str
        Why not, and the cure; empty when it did.
    """

    def __init__(self, topics: Topics, client: Any, refusal: type[Exception]) -> None:
        self._timeline, self._status = topics[:2]
        self._client, self._refusal = client, refusal
        self._one = threading.Lock()
        self.trouble = ""

    @property
    def connected(self) -> bool:
        """Whether the core took the last message."""
        return not self.trouble

    def send(self, payload: bytes) -> None:
        """Publish a batch.

        Parameters
        ----------
        payload : bytes

        Raises
        ------
        Unsent
            The core does not take it now.
        Refused
            It is too large for AWS IoT Core.
        """
        check_size(payload)
        self._publish(self._timeline, payload)

    def status(self, status: dict[str, Any]) -> None:
        """Publish the device's state, a dict; a core that does not take it is noted, not raised."""
        try:
            self._publish(self._status, as_json(status))
        except Unsent as trouble:
            log.debug("status not sent: %s", trouble)

    def close(self, status: dict[str, Any] | None = None) -> None:
        """Publish a last status, if one is given."""
        if status is not None:
            self.status(status)

    def _publish(self, topic: str, payload: bytes) -> None:
        try:
            with self._one:
                self._client.publish(topic=topic, payload=payload, queueFullPolicy="AllOrException")
        except (self._refusal, HTTPException, OSError) as error:
            self.trouble = f"{FULL} ({line(error)})"
            raise Unsent(self.trouble) from None
        self.trouble = ""
