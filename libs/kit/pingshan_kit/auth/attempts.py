"""One cookie per visit to identity, so that two tabs that sign in at the same time do not break each other.

Own code: Starlette's and Authlib's sessions keep all visits in one cookie, signed but readable, where the last write
of two tabs wins.
"""

import json
import secrets
import time
from dataclasses import asdict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import Response

from pingshan_kit.auth.relying_party import Attempt
from pingshan_kit.settings import ServiceSettings

LIFE = 900
"""Seconds that a person may take to sign in."""

_NONCE = 12


class Attempts:
    """Keeps each attempt in a sealed cookie (AES-256-GCM): the browser can neither read nor change it."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._cipher = AESGCM(settings.key("sign_in_attempt_key"))
        self._prefix = f"__Host-pingshan-{settings.service}-sign-in-"

    def begin(self, next_path: str, level: int = 0) -> Attempt:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Attempt(state, nonce, verifier, next_path, int(time.time()), level)

    def keep(self, response: Response, attempt: Attempt) -> None:
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(asdict(attempt)).encode(), None)
        response.set_cookie(
            self._name(attempt.state), sealed.hex(), max_age=LIFE, secure=True, httponly=True, samesite="lax"
        )

    def find(self, request: Request, state: str) -> Attempt | None:
        """Returns this browser's attempt with that `state`; None where there is no unchanged one of the last 900 s."""
        cookie = request.cookies.get(self._name(state))
        if not cookie:
            return None
        try:
            sealed = bytes.fromhex(cookie)
            attempt = Attempt(**json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)))
        except (ValueError, TypeError, InvalidTag):
            return None
        fresh = time.time() - attempt.begun_at <= LIFE
        return attempt if fresh and secrets.compare_digest(attempt.state.encode(), state.encode()) else None

    def forget(self, response: Response, state: str) -> None:
        response.delete_cookie(self._name(state), secure=True, httponly=True, samesite="lax")

    def _name(self, state: str) -> str:
        readable = "".join(character for character in state[:16] if character.isalnum())
        return f"{self._prefix}{readable}"
