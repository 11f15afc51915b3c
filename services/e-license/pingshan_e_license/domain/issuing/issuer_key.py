"""Keys that sign licences: from when until when each one counts, for which agency, and which are to be made.

A key is known before it signs, and stays known for as long as any licence that it signed may be shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pingshan_values.errors import Violation

from pingshan_e_license.domain.errors import IssuerKeyRevoked, RequestInvalid

ES256 = "ES256"
SIGNS_FOR = timedelta(days=365)
MADE_AHEAD = timedelta(days=7)
"""Time before the end of an agency's key at which its successor is made and published."""
OLDER_KEY_SIGNS_FOR = timedelta(days=1)
"""Time for which the key from before agencies had their own still signs: processes of that version end meanwhile."""


class RevocationReason(StrEnum):
    """Says why a key was revoked, in the words of OpenID Federation 1.0 for historical keys."""

    UNSPECIFIED = "unspecified"
    COMPROMISED = "compromised"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class IssuerKey:
    kid: str
    """JWK thumbprint of the public key (RFC 7638)."""
    agency: str | None
    """Code of the organisation that signs with it; None for the key that all agencies shared before."""
    algorithm: str
    public_jwk: Mapping[str, Any] = field(repr=False)
    not_before: datetime
    not_after: datetime
    """When it stops to sign; what it signed before stays authentic."""
    revoked_at: datetime | None = None
    """From when on nothing that it signed counts; what it signed before stays authentic."""
    revocation_reason: RevocationReason | None = None

    def signs_at(self, moment: datetime) -> bool:
        """Returns whether a signature that the exchange recorded at that moment counts."""
        revoked = self.revoked_at is not None and moment >= self.revoked_at
        return self.not_before <= moment < self.not_after and not revoked

    def is_of(self, agency: str) -> bool:
        return self.agency is None or self.agency == agency

    def ended(self, now: datetime) -> "IssuerKey":
        """Returns the key that signs no more from `now` on, where it would have."""
        return replace(self, not_after=min(self.not_after, max(now, self.not_before)))

    def revoked(self, since: datetime, reason: RevocationReason, now: datetime) -> "IssuerKey":
        """Returns the revoked key. Raises IssuerKeyRevoked where it is already, RequestInvalid for a day to come."""
        if self.revoked_at is not None:
            raise IssuerKeyRevoked
        if since > now:
            raise RequestInvalid(
                [
                    Violation(
                        "since", "作废时间不能晚于现在。", "The time from which the key counts no more is not to come."
                    )
                ]
            )
        return replace(self, revoked_at=since, revocation_reason=reason)


def signing_key_of(keys: Iterable[IssuerKey], agency: str, now: datetime) -> IssuerKey | None:
    """Returns the agency's own key that began to sign last; None where none signs now."""
    own = [each for each in keys if each.agency == agency and each.signs_at(now)]
    return max(own, key=lambda each: (each.not_before, each.kid), default=None)


def next_start(keys: Iterable[IssuerKey], agency: str, now: datetime) -> datetime | None:
    """Returns from when on a key that is to be made now signs; None where none is due."""
    own = [each for each in keys if each.agency == agency and each.revoked_at is None]
    last = max((each.not_after for each in own), default=now)
    if last <= now:
        return now
    return last if last - now <= MADE_AHEAD else None


def state_of_key(key: IssuerKey, now: datetime) -> Literal["to_come", "signs", "ended", "revoked"]:
    """Returns what the key is for at that moment."""
    if key.revoked_at is not None:
        return "revoked"
    if now < key.not_before:
        return "to_come"
    return "signs" if now < key.not_after else "ended"
