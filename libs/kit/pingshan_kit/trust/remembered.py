"""Tokens whose signature was found right: whoever shows one again is not made to wait for the same computation.

Remembered is only that this key signed this text. Its times, its audience's rules, and whether key, session and grant
still count, are asked each time.

Own code: caches of libraries know no key that must be the same still, and keep the token itself.
"""

import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

SECONDS = 60.0
"""For which a signature is remembered."""
MOST = 10_000
"""Tokens; where there are more, all are forgotten."""


class _Seen(NamedTuple):
    until: float
    kid: str
    key: object
    claims: Mapping[str, Any]


class RememberedTokens:
    """Keeps claims by the SHA-256 of their token, whose text is kept nowhere."""

    def __init__(self) -> None:
        self._seen: dict[bytes, _Seen] = {}

    def kid(self, token: str) -> str | None:
        """Returns the key id of a token that is remembered; None for any other."""
        seen = self._seen.get(_digest(token))
        return None if seen is None or time.monotonic() >= seen.until else seen.kid

    def claims(self, token: str, kid: str, key: object, verify: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Returns the claims of a token that this very key has signed, by `verify` where that is not remembered.

        Raises what `verify` raises; a refusal is not remembered.
        """
        digest = _digest(token)
        seen = self._seen.get(digest)
        if seen is not None and seen.key is key and seen.kid == kid and time.monotonic() < seen.until:
            return dict(seen.claims)
        found = verify()
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen[digest] = _Seen(time.monotonic() + SECONDS, kid, key, found)
        return dict(found)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
