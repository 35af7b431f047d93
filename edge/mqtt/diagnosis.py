"""What is wrong with a connection to a broker, put together from all that is heard of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from laughtrack.edge.mqtt import tls
from laughtrack.edge.mqtt.broker import Broker, address
from laughtrack.edge.mqtt.client import explain_refusal, explain_takeover
from laughtrack.edge.mqtt.disconnects import DisconnectHistory

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

    from laughtrack.edge.settings import Topics


class Diagnosis:
    """Keeps what is wrong now, in words with the cure.

    Parameters
    ----------
    broker : Broker
    topics : Topics

    Attributes
    ----------
    connection : str
        What is wrong with the connection or with publishing batches; "" for nothing.
    """

    def __init__(self, broker: Broker, topics: Topics) -> None:
        self._broker, self._topics = broker, topics
        self._address = address(broker)
        self._disconnects = DisconnectHistory(broker)
        self.connection = f"not yet connected to {self._address}"
        self._status = self._command = ""
        # The last error that paho wrote down; "" when the broker itself has said what is wrong.
        self._logged = ""

    @property
    def trouble(self) -> str:
        """What is wrong, the worst first; "" when nothing is."""
        if self._disconnects.takeovers() > 1:
            return explain_takeover(self._broker)
        return self.connection or self._status or self._command

    def contested(self) -> bool:
        """Return whether another one of our name may want the connection."""
        return self._disconnects.contested()

    def log(self, text: str) -> None:
        """Take note of an error that paho wrote down."""
        self._logged = text

    def accepted(self) -> None:
        """Take note of a new connection."""
        self._logged = ""
        self.connection = self.connection if self._disconnects.unstable() else ""

    def refused(self, code: ReasonCode) -> None:
        """Take note of a connection that the broker refused."""
        self.connection = explain_refusal(code, self._broker, "to connect")
        self._logged = ""

    def failed(self, error: Exception) -> None:
        """Take note of a connection that could not be made."""
        self.connection = tls.explain(error, self._broker, str(self._address))

    def lost(self, code: ReasonCode | None, since_s: float | None) -> None:
        """Take note of the end of a connection; see `DisconnectHistory.record`."""
        self.connection = self._disconnects.record(code, since_s, self._logged)

    def ended(self, unaccepted: bool) -> None:
        """Take note of an end without a word; one before it was accepted is looked into."""
        if unaccepted and self._logged:
            self.connection = self._why_not_accepted()
        self._logged = ""

    def _why_not_accepted(self) -> str:
        error = None
        if self._address.secure:
            with contextlib.suppress(ValueError):
                error = tls.refusal(self._broker, self._address.host, self._address.port)
        return tls.explain(error or self._logged, self._broker, str(self._address))

    def status_published(self, code: ReasonCode) -> None:
        """Take note of the broker's answer to a status."""
        self._status = self._failure(code, f"to publish to {self._topics.status}")

    def subscribed(self, code: ReasonCode) -> None:
        """Take note of the broker's answer to the subscription to commands."""
        self._command = self._failure(code, f"to hear {self._topics.command}")

    def _failure(self, code: ReasonCode, attempt: str) -> str:
        return explain_refusal(code, self._broker, attempt) if code.is_failure else ""
