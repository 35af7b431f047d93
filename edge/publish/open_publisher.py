"""Where batches go: an MQTT broker, Greengrass, or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Union

from laughtrack.edge.publish.file import FilePublisher
from laughtrack.edge.publish.greengrass_v1 import CorePublisher, open_v1
from laughtrack.edge.publish.greengrass_v2 import NucleusPublisher, open_v2
from laughtrack.edge.publish.mqtt import MqttPublisher

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings

Publisher = Union[MqttPublisher, CorePublisher, NucleusPublisher, FilePublisher]


def open_publisher(settings: Settings, on_command: Callable[[bytes], object]) -> Publisher:
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
        return MqttPublisher(settings, on_command)
    if settings.publisher == "greengrass1":
        return open_v1(settings)
    if settings.publisher == "greengrass2":
        return open_v2(settings, on_command)
    return FilePublisher(settings.file)
