"""What a relying party asked for, sealed in the address of the question, so that who answers it is led back there."""

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pingshan_kit.settings import ServiceSettings
from starlette.requests import Request

from pingshan_identity.domain.sign_out.sign_out_plan import SignOutRequest

PARAMETER = "asked"
LIFE = 3_600
"""Seconds for which the question may be answered with the way back; later it leads to our own page."""
NOTHING = SignOutRequest(None, None, None)
_NONCE = 12
_PURPOSE = b"asked sign-out"
"""Keeps what is sealed here apart from the cookie that is sealed with the same key."""


class AskedSignOuts:
    """Seals requests with AES-256-GCM: `state` stays unread in addresses and logs, and nobody makes one up."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._cipher = AESGCM(settings.key("held_sign_outs_key"))

    def question(self, asked: SignOutRequest) -> str:
        """Returns the address of the question."""
        if asked == NOTHING:
            return "/sign-out"
        text = json.dumps(asdict(asked) | {"at": int(time.time())}, ensure_ascii=False)
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), _PURPOSE)
        return f"/sign-out?{PARAMETER}={urlsafe_b64encode(sealed).decode()}"

    def of(self, request: Request) -> SignOutRequest:
        """Returns what was asked for; `NOTHING` where a person signs out by themselves, or the question is old."""
        try:
            sealed = urlsafe_b64decode(request.query_params.get(PARAMETER, ""))
            asked = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _PURPOSE))
        except (ValueError, InvalidTag):
            return NOTHING
        if asked.pop("at") <= time.time() - LIFE:
            return NOTHING
        return SignOutRequest(**asked)
