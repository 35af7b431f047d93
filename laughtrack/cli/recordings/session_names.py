"""A session's name, made of its footage's so that it is easily typed again.

ASCII letters, digits, dots, dashes and underscores, no spaces, at most 60. Where letters are lost
on the way, six of a digest stand for them, so that two films in Chinese are two sessions.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from laughtrack.edge.sources.errors import without_credentials

LONGEST = 60
_DIGEST = 6
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O"}
    | {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"}
)


def session_name(footage: str) -> str:
    """Make a session's name of a footage's.

    Parameters
    ----------
    footage : str
        A path or a URL.

    Returns
    -------
    str
        Allowed in a store, and always the same for the same name.
    """
    stem = unicodedata.normalize("NFC", _stem(footage))
    letters = unicodedata.normalize("NFKD", stem.translate(_LETTERS))
    ascii_only = letters.encode("ascii", "ignore").decode()
    name = re.sub("[^A-Za-z0-9._]+", "-", ascii_only).strip("._-")
    if name and len(name) <= LONGEST and not any(map(_counts, letters)):
        return name
    digest = hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{name[: LONGEST - _DIGEST - 1].rstrip('._-') or 'session'}-{digest}"


def earlier_name(footage: str) -> str:
    """Return the name that versions before this rule made, which may be in the store."""
    stem = Path(without_credentials(footage)).resolve().stem
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._ -]", "_", ascii_only).strip("._- ")[:100] or "session"


def _stem(footage: str) -> str:
    if "://" in footage:
        shown = without_credentials(footage)
        return Path(unquote(shown.rstrip("/"))).stem
    path = Path(footage).resolve()
    # A folder's dots are no ending: 2026.11.29 is a day.
    return path.name if path.is_dir() else path.stem


def _counts(letter: str) -> bool:
    """Whether a name says less without this: no mark, blank, control or punctuation, no ASCII."""
    kind = unicodedata.category(letter)
    return ord(letter) > 127 and kind[0] not in "MPZ" and kind not in ("Cc", "Cf")
