"""One cookie per visit to identity, so that two tabs that sign in at the same time do not break each other.

Four visits at most are pending in a browser; the oldest goes, so that tabs that nobody finishes never fill the header
that servers take. Each cookie holds a seed, from which the secrets of the visit follow, and where it leads. The same
stands sealed in `state`, so that a tab whose cookie is gone goes on to its page all the same, by a visit of its own.

Own code: Starlette's and Authlib's sessions keep all visits in one cookie, signed but readable, where the last write
of two tabs wins.
"""

import base64
import hmac
import secrets
import struct
import time
from dataclasses import replace
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import Response

from pingshan_kit.auth.relying_party import Attempt
from pingshan_kit.settings import ServiceSettings

LIFE = 900
"""Seconds that a person may take to sign in."""
RETURN_LIFE = 86_400
"""Seconds within which a tab that was left open still goes on to its page."""
MOST_PENDING = 4
"""Visits that a browser keeps."""
_LONGEST_NEXT = 400
"""Octets of the address to come back to; a longer one loses its query."""
_NONCE = 12
_SEED = 16
_HEAD = struct.Struct(">IB")
"""Time in seconds since 1970, and the level."""
_IN_STATE, _IN_STATE_ANEW = b"state", b"state, begun anew"
"""Associated data of what is sealed in `state`."""


class Attempts:
    """Keeps each attempt in a sealed cookie (AES-256-GCM): the browser can neither read nor change it."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._cipher = AESGCM(settings.key("sign_in_attempt_key"))
        self._prefix = f"__Host-pingshan-{settings.service}-sign-in-"

    def begin(self, next_path: str, level: int = 0) -> Attempt:
        return self._begin(_short(next_path), level, _IN_STATE)

    def begin_anew(self, state: str) -> Attempt | None:
        """Returns a new attempt that leads where the one with that `state` led, of whichever browser it was.

        None where it was begun anew itself, so that a browser without cookies does not go round for ever; where it is
        older than a day, or not ours.
        """
        try:
            content = self._unsealed(state.partition(".")[2], _IN_STATE)
            begun_at, level = _HEAD.unpack_from(content)
            if time.time() - begun_at > RETURN_LIFE:
                return None
            return self._begin(content[_HEAD.size :].decode(), level, _IN_STATE_ANEW)
        except (ValueError, struct.error, InvalidTag):
            return None

    def _begin(self, next_path: str, level: int, purpose: bytes) -> Attempt:
        attempt = _attempt(secrets.token_bytes(_SEED), next_path, int(time.time()), level)
        led = self._sealed(_HEAD.pack(attempt.begun_at, level) + next_path.encode(), purpose)
        return replace(attempt, state=f"{attempt.state}.{led}")

    def keep(self, request: Request, response: Response, attempt: Attempt) -> None:
        """Sets the attempt's cookie, and takes away those of all but the newest three before it."""
        sealed = self._sealed(attempt.seed + _HEAD.pack(attempt.begun_at, attempt.level) + attempt.next.encode(), None)
        response.set_cookie(self._name(attempt.state), sealed, max_age=LIFE, secure=True, httponly=True, samesite="lax")
        for name in self._surplus(request):
            self._delete(response, name)

    def find(self, request: Request, state: str) -> Attempt | None:
        """Returns this browser's attempt with that `state`; None where there is no unchanged one of the last 900 s."""
        attempt = self._open(request.cookies.get(self._name(state), ""))
        own = state.partition(".")[0]
        if attempt is None or not secrets.compare_digest(attempt.state.encode(), own.encode()):
            return None
        return attempt

    def forget(self, response: Response, state: str) -> None:
        self._delete(response, self._name(state))

    def _surplus(self, request: Request) -> list[str]:
        """Returns the names of cookies that must go: unreadable, over, or beyond the newest three."""
        mine = {name: self._open(value) for name, value in request.cookies.items() if name.startswith(self._prefix)}
        live = sorted(
            ((attempt.begun_at, number, name) for number, (name, attempt) in enumerate(mine.items()) if attempt),
            reverse=True,
        )
        kept = {name for _, _, name in live[: MOST_PENDING - 1]}
        return [name for name in mine if name not in kept]

    def _open(self, cookie: str) -> Attempt | None:
        try:
            content = self._unsealed(cookie, None)
            begun_at, level = _HEAD.unpack_from(content, _SEED)
            attempt = _attempt(content[:_SEED], content[_SEED + _HEAD.size :].decode(), begun_at, level)
        except (ValueError, struct.error, InvalidTag):
            return None
        return attempt if time.time() - attempt.begun_at <= LIFE else None

    def _sealed(self, content: bytes, purpose: bytes | None) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, content, purpose)).decode().rstrip("=")

    def _unsealed(self, text: str, purpose: bytes | None) -> bytes:
        """Raises ValueError where the text is not base64url in its one form, InvalidTag where we did not seal it."""
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != text:
            raise ValueError("not base64url")
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose)

    def _delete(self, response: Response, name: str) -> None:
        response.delete_cookie(name, secure=True, httponly=True, samesite="lax")

    def _name(self, state: str) -> str:
        readable = "".join(character for character in state[:8] if character.isascii() and character.isalnum())
        return f"{self._prefix}{readable}"


def _attempt(seed: bytes, next_path: str, begun_at: int, level: int) -> Attempt:
    state, nonce, verifier, session = (_derived(seed, each) for each in ("state", "nonce", "verifier", "session"))
    return Attempt(state, nonce, verifier, session, next_path, begun_at, level, seed)


def _derived(seed: bytes, purpose: str) -> str:
    """Returns 256 bits that nobody can tell from random ones without the seed, whatever else was derived from it."""
    return base64.urlsafe_b64encode(hmac.digest(seed, purpose.encode(), sha256)).decode().rstrip("=")


def _short(path: str) -> str:
    for shorter in (path, path.partition("?")[0]):
        if len(shorter.encode()) <= _LONGEST_NEXT:
            return shorter
    return "/"
