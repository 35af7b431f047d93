"""Which finder a session uses: `haar`, `net` or `both`."""

from __future__ import annotations

from typing import Callable, Union

import cv2

from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.faces.net_finder import BothFinder, NetFinder
from laughtrack.edge.faces.net_weights import load_finder_net
from laughtrack.edge.settings import FINDERS

AnyFinder = Union[Finder, NetFinder, BothFinder]


def finder_maker(kind: str) -> Callable[[], AnyFinder]:
    """Return what makes a session's finder; weights are opened now, and once.

    Parameters
    ----------
    kind : str
        One of `edge.settings.FINDERS`.

    Returns
    -------
    function
        Makes a finder that has seen nothing yet.

    Raises
    ------
    ValueError
        No such finder, or the net's weights cannot be used, with what to do: there is no other
        finder instead unless it is asked for.
    """
    if not isinstance(kind, str) or kind not in FINDERS:
        raise ValueError(f"finder {kind!r}: expected one of {', '.join(FINDERS)}")
    if kind == "haar":
        return Finder
    net = load_finder_net()
    if kind == "net":
        # As OpenVINO's (`edge.inference`): faces are found on one thread and scored on another, and
        # what OpenCV does there is too little for more. The cascades take as many as there are.
        cv2.setNumThreads(1)
        return lambda: NetFinder(net)
    return lambda: BothFinder(NetFinder(net), Finder())
