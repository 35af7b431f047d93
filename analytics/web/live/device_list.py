"""The broker's devices: what each said last, and what is wrong with the way from them."""

from __future__ import annotations

import time
from typing import Any

from laughtrack.analytics.devices.device_client import Address
from laughtrack.analytics.devices.health import Health, health
from laughtrack.analytics.devices.status_listener import Heard
from laughtrack.analytics.web.live.event_ring import EventRing

# Remarks on what devices sent.
_REMARKS = 10


class DeviceList:
    """Devices as they speak; for the event loop alone.

    Attributes
    ----------
    ring : EventRing
        "devices", as `event` returns it, whenever something was said.
    remarks : list of str
        What was refused of what devices sent, and what of it is missing; the newest first.
    """

    def __init__(self) -> None:
        self.ring = EventRing()
        self.remarks: list[str] = []
        self._heard: dict[tuple[str, str], Heard] = {}
        self._troubles: dict[str, str] = {}

    @property
    def trouble(self) -> str:
        """What is wrong with the broker or what comes from it, "" for nothing."""
        return "; ".join(filter(None, self._troubles.values()))

    def now(self) -> list[Health]:
        """Return how each device is, by name."""
        now_s = time.time()
        found = [health(each, now_s) for each in self._heard.values()]
        return sorted(found, key=lambda each: (each.device, each.site))

    def event(self) -> dict[str, Any]:
        """Return how all is, as JSON knows it."""
        devices = [each._asdict() for each in self.now()]
        return {"devices": devices, "trouble": self.trouble, "remarks": self.remarks}

    def snapshot(self) -> bytes:
        """Return the event that tells how all is, for who comes new."""
        return self.ring.snapshot(self.event())

    def address(self, device: str, site: str = "") -> Address:
        """Return where a device is told things.

        Raises
        ------
        ValueError
            It has not been heard.
        """
        for (its_site, name), heard in self._heard.items():
            if name == device and site in ("", its_site):
                return heard.device
        raise ValueError(f"device {device} has not said anything: is it on, and at this broker?")

    def hear(self, heard: Heard) -> None:
        """Take in what a device says."""
        key = heard.device.site, heard.device.device
        if heard.status:
            self._heard[key] = heard
        else:
            self._heard.pop(key, None)
        self.ring.add("devices", self.event())

    def say(self, where: str, trouble: str) -> None:
        """Take in what is wrong with one part of the way, "" for nothing."""
        if trouble != self._troubles.get(where, ""):
            self._troubles[where] = trouble
            self.ring.add("devices", self.event())

    def note(self, remark: str) -> None:
        """Take in a remark."""
        self.remarks = [remark, *self.remarks][:_REMARKS]
        self.ring.add("devices", self.event())
