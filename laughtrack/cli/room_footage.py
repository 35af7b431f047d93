"""By what footage of the room is known when it is given as the film that was shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def known_by(
    info: Mapping[str, Any],
) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[str], str]]:
    """Return what finds faces in a picture, and what digests a file, as `report.film.Room` asks.

    Faces are found as those of the session were: the cascades would not know a room again whose
    viewers they hardly find. `info` is the session's.
    """
    from laughtrack.edge.faces.choice import finder_maker
    from laughtrack.edge.session.metadata import digest_of
    from laughtrack.edge.settings import FINDERS

    kind = info.get("settings", {}).get("finder")
    finder = finder_maker(kind if kind in [*FINDERS] else "haar")()
    return (lambda picture: finder.scan(picture).boxes), digest_of
