"""By which names films are known."""

from __future__ import annotations

# Endings by which a folder's films are known. A film that is named itself may be called anything.
# fmt: off
FILMS = frozenset((
    ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".mk3d", ".webm", ".avi", ".divx", ".ts", ".mts",
    ".m2ts", ".m2t", ".tp", ".trp", ".mpg", ".mpeg", ".mpe", ".m2p", ".m1v", ".m2v", ".mpv",
    ".vob", ".mod", ".tod", ".flv", ".f4v", ".asf", ".wmv", ".mxf", ".ogv", ".ogm", ".3gp", ".3g2",
    ".nut", ".y4m", ".dv", ".h264", ".264", ".avc", ".h265", ".265", ".hevc", ".ivf", ".obu",
    ".rm", ".rmvb", ".mjpeg", ".mjpg", ".lrv", ".amv", ".vro",
))
# fmt: on
