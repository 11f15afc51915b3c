"""A holder's consent: bound to item, requester, purpose, fields, predicates, a number of uses and a last day."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pingshan_e_license.domain.errors import (
    ConsentDecided,
    ConsentExpired,
    ConsentNotCovering,
    ConsentNotGranted,
    ConsentUsedUp,
    ConsentWithdrawn,
)


class ConsentState(StrEnum):
    """Says what was decided; a day that has passed and uses that are used up are no decisions."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Consent:
    consent_id: UUID
    item: str
    requester: str
    """Code of the organisation that asks."""
    holder_code: str = field(repr=False)
    purpose: str = field(repr=False)
    fields: tuple[str, ...]
    predicates: tuple[str, ...]
    uses: int
    """Number of answers that may be given altogether."""
    uses_left: int
    expires_on: date
    """Last day (Asia/Shanghai) on which it may be used."""
    requested_at: datetime
    state: ConsentState = ConsentState.REQUESTED
    decided_at: datetime | None = None
    """When it was granted or refused."""
    withdrawn_at: datetime | None = None

    def is_open(self, today: date) -> bool:
        """Returns whether the holder may still grant or refuse it."""
        return self.state is ConsentState.REQUESTED and today <= self.expires_on

    def is_usable(self, today: date) -> bool:
        return self.state is ConsentState.GRANTED and self.uses_left > 0 and today <= self.expires_on

    def granted(self, at: datetime, today: date) -> "Consent":
        """Returns the consent after its holder has granted it. Raises ConsentDecided, ConsentExpired."""
        self._check_open(today)
        return replace(self, state=ConsentState.GRANTED, decided_at=at)

    def refused(self, at: datetime, today: date) -> "Consent":
        """Returns the consent after its holder has refused it. Raises ConsentDecided, ConsentExpired."""
        self._check_open(today)
        return replace(self, state=ConsentState.REFUSED, decided_at=at)

    def withdrawn(self, at: datetime) -> "Consent":
        """Returns the consent after its withdrawal, which holds at once. Raises ConsentDecided unless it is granted."""
        if self.state is not ConsentState.GRANTED:
            raise ConsentDecided
        return replace(self, state=ConsentState.WITHDRAWN, withdrawn_at=at)

    def used(self, today: date) -> "Consent":
        """Returns the consent with one use less.

        Raises ConsentNotGranted, ConsentWithdrawn, ConsentExpired and ConsentUsedUp where it may not be used.
        """
        if self.state is ConsentState.WITHDRAWN:
            raise ConsentWithdrawn
        if self.state is not ConsentState.GRANTED:
            raise ConsentNotGranted
        if today > self.expires_on:
            raise ConsentExpired
        if self.uses_left < 1:
            raise ConsentUsedUp
        return replace(self, uses_left=self.uses_left - 1)

    def check_covers(
        self, *, item: str, holder_code: str, purpose: str, fields: Sequence[str], predicates: Sequence[str]
    ) -> None:
        """Raises ConsentNotCovering unless item, holder and purpose are the same and all that is asked is in it."""
        same = (self.item, self.holder_code, self.purpose) == (item, holder_code, purpose)
        if not same or not set(fields) <= set(self.fields) or not set(predicates) <= set(self.predicates):
            raise ConsentNotCovering

    def _check_open(self, today: date) -> None:
        if self.state is not ConsentState.REQUESTED:
            raise ConsentDecided
        if today > self.expires_on:
            raise ConsentExpired
