"""Device authorization (RFC 8628), for walls and kiosks that have no keyboard."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.scope import granted
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

LIFE = timedelta(minutes=10)
INTERVAL = 5
"""Seconds between two polls."""
SLOWER = 5
"""Seconds that a `slow_down` adds (section 3.5)."""
_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Alphabet of user codes without vowels and without characters that look alike (section 6.1); eight carry 34 bits."""
_LENGTH = 8


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    client_id: str
    scope: str
    audience: str | None
    dpop_jkt: str | None
    expires_at: datetime
    poll_interval: int
    polled_at: datetime | None
    grant_id: UUID | None
    denied_at: datetime | None
    used_at: datetime | None

    def check_poll(self, now: datetime) -> UUID:
        """Returns the id of the grant, once the person has allowed it (section 3.5).

        Raises:
            OAuthError: `expired_token`, `access_denied`, `slow_down` or `authorization_pending`.
        """
        if self.used_at is not None or now >= self.expires_at:
            raise OAuthError("expired_token", "the device code has expired, or was used")
        if self.denied_at is not None:
            raise OAuthError("access_denied", "the person has refused")
        if self.polled_at is not None and now - self.polled_at < timedelta(seconds=self.poll_interval):
            raise OAuthError("slow_down", f"wait {self.poll_interval + SLOWER} s between two requests")
        if self.grant_id is None:
            raise OAuthError("authorization_pending", "nobody has decided yet")
        return self.grant_id


def longer_wait(refusal: OAuthError) -> int:
    """Returns the seconds that the wait between two polls grows by after that answer: 5 for `slow_down`, else 0."""
    return SLOWER if refusal.code == "slow_down" else 0


def device_scope(client: Client, parameters: Parameters) -> str:
    """Returns the scopes that a device asks for and its client is registered for; `openid` where it names none (section
    3.1).

    Raises:
        OAuthError: `invalid_scope`, `openid` is not among what it says.
    """
    asked = (parameters.get("scope") or "openid").split()
    if "openid" not in asked:
        raise OAuthError("invalid_scope", "scope must contain openid")
    return granted(asked, client.scopes)


def new_user_code() -> str:
    """Returns a new user code as it is shown: two groups of four letters."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def normalise(typed: str) -> str | None:
    """Returns a user code as it was made, whatever case and gaps it was typed with; None where it cannot be one."""
    letters = "".join(character for character in typed.upper() if character.isalnum())
    if len(letters) != _LENGTH or not set(letters) <= set(_ALPHABET):
        return None
    return f"{letters[:4]}-{letters[4:]}"
