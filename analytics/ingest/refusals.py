"""Why a broker cannot be read from, in words, with the cure where it is known."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

# What a broker refuses now and ever, by MQTT 5's reason codes, and what can be done.
CURES = {
    0x84: "it does not speak MQTT 5; mosquitto does from 1.6 on",
    0x85: "choose another --client-id",
    0x86: "check --user and --password-file",
    0x87: "check --user and --password-file, the certificate, and what the broker allows it",
}


class BrokerError(OSError):
    """The broker refuses this client; the message says why, and the next step."""


def is_final(code: ReasonCode) -> bool:
    """Return whether a broker will refuse the same again; else it may be starting, or full."""
    return code.value in CURES


def cure(code: ReasonCode) -> str:
    """Return what to do about a broker's refusal."""
    return CURES.get(code.value, "see the broker's log")


def reason(error: OSError) -> str:
    """Say why a connection failed, with the cure where it is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}: is --ca its signer's?"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}: check the port, --ca, --cert and --key"
    return error.strerror or str(error) or type(error).__name__
