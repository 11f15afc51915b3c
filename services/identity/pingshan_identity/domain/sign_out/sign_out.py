"""Sign-outs, told to every system and proved (OpenID Connect Back-Channel Logout 1.0)."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AUDITOR, SECURITY_ADMINISTRATOR
from pingshan_identity.domain.errors import ReceiptRefused, SignOutNotFound

LOGOUT_TOKEN = "logout+jwt"  # noqa: S105 - a media type
"""Section 2.4."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_LIFE = timedelta(minutes=2)
"""Section 2.4 recommends two minutes at most."""
RECEIPT = "pingshan-sign-out-receipt+jwt"
ATTEMPTS = 20
"""1 s, 2 s, 4 s … up to an hour between two: about nine hours in all."""
UNTOLD_LIFE = timedelta(minutes=10)
"""What a system that cannot be told may still hold: a token of ours lives so long at most."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUPPORTED = "unsupported"
    """The system has no back-channel logout: `alive_until` says how long it may hold a token of ours, None that it
    was not opened and holds none."""
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Delivery:
    client_id: str
    name_zh: str
    name_en: str
    state: DeliveryState
    attempts: int
    failure: str | None
    attempted_at: datetime | None
    confirmed_at: datetime | None
    alive_until: datetime | None

    def is_settled(self, now: datetime) -> bool:
        """Return whether nothing more will come of it."""
        if self.state is DeliveryState.UNSUPPORTED:
            return self.alive_until is None or self.alive_until <= now
        return self.state is not DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class SignOut:
    sign_out_id: str
    person_id: str
    session_id: str | None
    """None: every session of the person, told to every system."""
    reason: str
    requested_by: str
    requested_at: datetime
    completed_at: datetime | None
    receipt: str | None = field(repr=False)

    def names_person_to(self, actor: Actor) -> bool:
        """Return whether the person's name is for this reader: oneself, security administrators and auditors."""
        return actor.person_id == self.person_id or bool(actor.roles & {SECURITY_ADMINISTRATOR, AUDITOR})

    def check_may_read(self, actor: Actor, held: Container[str]) -> None:
        """The browser that asked for the sign-out may see it, too. `held`: ids of those that it asked for.

        Raises:
            SignOutNotFound: it is not the reader's to see.

        """
        if not (self.names_person_to(actor) or self.sign_out_id in held):
            raise SignOutNotFound


def first_state(*, can_be_told: bool, was_opened: bool, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """Return how the delivery to a system begins, and until when one that cannot be told may hold a token of ours."""
    if can_be_told:
        return DeliveryState.PENDING, None
    return DeliveryState.UNSUPPORTED, now + UNTOLD_LIFE if was_opened else None


def gives_up(attempt: int) -> bool:
    """Return whether the delivery is given up where this attempt (1 is the first) fails."""
    return attempt >= ATTEMPTS


def check_receipt(claims: Mapping[str, Any], issuer: str) -> None:
    """Raise ReceiptRefused where another issuer states it."""
    if claims.get("iss") != issuer:
        raise ReceiptRefused


def logout_token_claims(
    *, issuer: str, client_id: str, token_id: str, person_id: str, session_id: str | None, now: datetime
) -> dict[str, Any]:
    """Return the claims of a logout token (section 2.4): no nonce, `sid` where one session ended."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": person_id,
        "aud": client_id,
        "iat": issued,
        "exp": issued + int(LOGOUT_TOKEN_LIFE.total_seconds()),
        "jti": token_id,
        "events": {LOGOUT_EVENT: {}},
    }
    return claims if session_id is None else claims | {"sid": session_id}


def receipt_claims(*, issuer: str, sign_out: SignOut, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Any]:
    """Return what the receipt states: ids and times, no name. It has no `exp`: it is for the file."""
    return {
        "iss": issuer,
        "iat": int(now.timestamp()),
        "sign_out_id": sign_out.sign_out_id,
        "sub": sign_out.person_id,
        "session_id": sign_out.session_id,
        "reason": sign_out.reason,
        "requested_by": sign_out.requested_by,
        "requested_at": sign_out.requested_at.isoformat(),
        "completed_at": now.isoformat(),
        "systems": [
            {
                "client_id": each.client_id,
                "state": each.state.value,
                "attempts": each.attempts,
                "confirmed_at": each.confirmed_at.isoformat() if each.confirmed_at else None,
                "alive_until": each.alive_until.isoformat() if each.alive_until else None,
                "failure": each.failure,
            }
            for each in deliveries
        ],
    }
