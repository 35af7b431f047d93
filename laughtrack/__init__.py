"""One camera on the room: every viewer followed, every smile timed, an audience report."""

from __future__ import annotations

from laughtrack.edge.version import VERSION as __version__

__all__ = ["__version__"]
