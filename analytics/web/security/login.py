"""Who knows the token: compared in constant time, and guessing is slowed down.

A login is a signed cookie, so that the server keeps no list, and a restart logs nobody out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict

COOKIE = "laughtrack_login"
LASTS_S = 30 * 24 * 3600
# The wait after a wrong token, doubled by each further one from the same address.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 60.0
_MOST_ADDRESSES = 10_000


class Login:
    """Tells who may ask.

    Parameters
    ----------
    token : str
        "" where everybody may who reaches the server.
    key : bytes
        The server's, for its cookies.
    """

    def __init__(self, token: str, key: bytes) -> None:
        self._token = token
        # Another token ends all logins.
        self._key = hmac.new(key, f"login {token}".encode(), hashlib.sha256).digest()
        # By address: how many wrong ones, and until when (monotonic seconds) it has to wait.
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def needed(self) -> bool:
        """Whether a token is asked for at all."""
        return bool(self._token)

    def wait_s(self, address: str) -> float:
        """Return how long an address has to wait before its next guess counts, s."""
        return max(0.0, self._wrong.get(address, (0, 0.0))[1] - time.monotonic())

    def is_token(self, sent: str, address: str) -> bool:
        """Return whether it is the token; never while the address has to wait."""
        if self.wait_s(address):
            return False
        # Of digests: how long it takes says nothing of the token's length either.
        digests = (hashlib.sha256(each.encode("utf-8", "replace")) for each in (sent, self._token))
        if self.needed and hmac.compare_digest(*(each.digest() for each in digests)):
            self._wrong.pop(address, None)
            return True
        guesses = self._wrong.get(address, (0, 0.0))[0] + 1
        pause_s = min(_FIRST_WAIT_S * 2 ** (min(guesses, 20) - 1), _LONGEST_WAIT_S)
        self._wrong[address] = guesses, time.monotonic() + pause_s
        self._wrong.move_to_end(address)
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        return False

    def cookie(self) -> str:
        """Return what a browser that knows the token gets."""
        said = f"{int(time.time()) + LASTS_S}.{secrets.token_urlsafe(9)}"
        return f"{said}.{self._seal(said)}"

    def is_cookie(self, value: str) -> bool:
        """Return whether a browser's cookie is one of ours that still holds."""
        said, _, seal = value.rpartition(".")
        until = said.partition(".")[0]
        if not hmac.compare_digest(self._seal(said).encode(), seal.encode("utf-8", "replace")):
            return False
        return until.isdecimal() and int(until) > time.time()

    def _seal(self, said: str) -> str:
        return hmac.new(self._key, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
