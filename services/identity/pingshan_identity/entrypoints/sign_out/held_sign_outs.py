"""The sign-outs that this browser asked for, in a sealed cookie, since its session is over by then."""

import json
import secrets
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pingshan_kit.settings import ServiceSettings
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "__Host-pingshan-identity-sign-outs"
LIFE = 3_600
"""Seconds for which the cookie is kept."""
_NONCE = 12
_MOST = 10


class HeldSignOuts:
    """Seals the ids with AES-256-GCM: the browser keeps them, and cannot make or change them."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._cipher = AESGCM(settings.key("held_sign_outs_key"))

    def of(self, request: Request) -> dict[str, int]:
        """Returns the ids of the last hour with their times in seconds since 1970; empty for no cookie or a bad one."""
        try:
            sealed = bytes.fromhex(request.cookies.get(COOKIE, ""))
            held = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
        except (ValueError, InvalidTag):
            return {}
        return {sign_out: at for sign_out, at in held.items() if at > time.time() - LIFE}

    def keep(self, request: Request, response: Response, sign_out_id: str) -> None:
        held = dict(list(self.of(request).items())[-_MOST + 1 :]) | {sign_out_id: int(time.time())}
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(held).encode(), None)
        response.set_cookie(COOKIE, sealed.hex(), max_age=LIFE, secure=True, httponly=True, samesite="lax")
