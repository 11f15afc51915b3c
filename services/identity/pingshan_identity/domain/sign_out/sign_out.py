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
"""Type of logout tokens (section 2.4)."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_LIFE = timedelta(minutes=2)
"""Life of a logout token; section 2.4 recommends two minutes at most."""
RECEIPT = "pingshan-sign-out-receipt+jwt"
LONGEST_RECEIPT = 64_000
"""Most characters; a receipt of 29 systems has about 7,000."""
ATTEMPTS = 20
"""Most attempts of a delivery, 1, 2, 4 … up to 3600 s apart: about nine hours in all."""
UNTOLD_LIFE = timedelta(minutes=10)
"""Longest time for which a system that cannot be told may hold a token of ours."""
SYSTEM_SESSION_LIFE = timedelta(days=30)
"""Longest time for which a system is taken to keep a session of its own whose end it has not confirmed."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUPPORTED = "unsupported"
    """The system has no back-channel logout. `alive_until` says how long it may hold a token of ours; None where it
    holds none.
    """
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
        """Returns whether the delivery will not change any more."""
        if self.state is DeliveryState.UNSUPPORTED:
            return self.alive_until is None or self.alive_until <= now
        return self.state is not DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class SignOut:
    sign_out_id: str
    person_id: str
    session_id: str | None
    """Id of the session; None for every session of the person, told to every system."""
    reason: str
    requested_by: str
    requested_at: datetime
    completed_at: datetime | None
    receipt: str | None = field(repr=False)

    def names_person_to(self, actor: Actor) -> bool:
        """Returns whether the reader may see the person's name: the person, security administrators and auditors."""
        return actor.person_id == self.person_id or bool(actor.roles & {SECURITY_ADMINISTRATOR, AUDITOR})

    def check_may_read(self, actor: Actor, held: Container[str]) -> None:
        """Raises SignOutNotFound where the sign-out is not the reader's to see.

        `held`: ids of the sign-outs that the reader's browser asked for; it may read those as well.
        """
        if not (self.names_person_to(actor) or self.sign_out_id in held):
            raise SignOutNotFound


def first_state(*, can_be_told: bool, was_opened: bool, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """Returns the first state of a delivery, and until when a system that cannot be told may hold a token of ours.

    The time is None where the system can be told, or was not opened.
    """
    if can_be_told:
        return DeliveryState.PENDING, None
    return DeliveryState.UNSUPPORTED, now + UNTOLD_LIFE if was_opened else None


def gives_up(attempt: int) -> bool:
    """Returns whether the delivery is given up where this attempt (1 is the first) fails."""
    return attempt >= ATTEMPTS


def check_receipt(claims: Mapping[str, Any], issuer: str) -> None:
    """Raises ReceiptRefused where `iss` is another issuer."""
    if claims.get("iss") != issuer:
        raise ReceiptRefused


def logout_token_claims(
    *, issuer: str, client_id: str, token_id: str, sub: str, session_id: str | None, now: datetime
) -> dict[str, Any]:
    """Returns the claims of a logout token (section 2.4); `sid` only where one session ended.

    `sub`: the name by which the client knows the person.
    """
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": sub,
        "aud": client_id,
        "iat": issued,
        "exp": issued + int(LOGOUT_TOKEN_LIFE.total_seconds()),
        "jti": token_id,
        "events": {LOGOUT_EVENT: {}},
    }
    return claims if session_id is None else claims | {"sid": session_id}


def receipt_claims(*, issuer: str, sign_out: SignOut, deliveries: Sequence[Delivery], now: datetime) -> dict[str, Any]:
    """Returns the claims of a receipt: ids and times, no name. It has no `exp`, since it is kept on file."""
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
