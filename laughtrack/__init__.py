"""One camera on the room: every viewer followed, every smile timed, an audience report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laughtrack.edge.version import VERSION as __version__

if TYPE_CHECKING:
    from laughtrack.api import (
        compare,
        curve,
        faces,
        load,
        peaks,
        readings,
        report,
        scores,
        sessions,
        viewers,
    )

__all__ = [
    "__version__",
    "compare",
    "curve",
    "faces",
    "load",
    "peaks",
    "readings",
    "report",
    "scores",
    "sessions",
    "viewers",
]


def __getattr__(name: str) -> object:
    """Load the functions for notebooks when they are asked for: a device has no pandas."""
    if name in __all__:
        from laughtrack import api

        return getattr(api, name)
    raise AttributeError(f"module 'laughtrack' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
