"""Dual control (两人审批): one administrator proposes a change, one of another kind decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.reason import check_reason, tidy_reason
from pingshan_identity.domain.errors import AdministratorRequired, ChangeNotFound, ChangeOwn

LIFE = timedelta(days=7)
"""A proposal that nobody decides lapses."""


class ChangeKind(StrEnum):
    GIVE_POWER = "give-power"
    REGISTER_CLIENT = "register-client"
    CHANGE_CLIENT = "change-client"
    DISABLE_CLIENT = "disable-client"
    ENABLE_CLIENT = "enable-client"
    ROTATE_SECRET = "rotate-secret"  # noqa: S105 - a kind of change
    RESET_FACTORS = "reset-factors"
    ROTATE_KEYS = "rotate-keys"
    END_SESSIONS = "end-sessions"
    """Of everybody in an organisation, or of everybody who has a system open."""
    OPEN_REGISTRATION = "open-registration"
    """An initial access token (RFC 7591 section 3)."""


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    def check_reason(self, text: str) -> str:
        """Return the reason as it is kept. Raises ReasonRequired where a refusal has none."""
        return check_reason(text) if self is Decision.REFUSED else tidy_reason(text)


_OF_SECURITY = frozenset({ChangeKind.RESET_FACTORS, ChangeKind.ROTATE_KEYS, ChangeKind.END_SESSIONS})


def proposer(kind: ChangeKind) -> str:
    """Return the role that proposes."""
    return SECURITY_ADMINISTRATOR if kind in _OF_SECURITY else SYSTEM_ADMINISTRATOR


def decider(kind: ChangeKind) -> str:
    """Return the role that decides: always the other one."""
    return SYSTEM_ADMINISTRATOR if kind in _OF_SECURITY else SECURITY_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    change_id: str
    kind: ChangeKind
    subject: str
    """What would change, for example `person:<id>`."""
    details: Mapping[str, Any]
    """Ids and codes; no personal data, no secret."""
    reason: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: Decision | None
    decision_reason: str | None
    has_outcome: bool
    """A secret waits for the proposer, to be fetched once."""

    def is_open(self, now: datetime) -> bool:
        return self.decided_at is None and now < self.expires_at

    def is_of(self, actor: Actor) -> bool:
        """Return whether this person proposed it."""
        return actor.person_id == self.requested_by

    def check_decision(self, actor: Actor, decision: Decision, now: datetime) -> None:
        """Nobody decides their own change, and only who proposed a change withdraws it.

        Raises:
            AdministratorRequired: another kind of administrator decides it.
            ChangeOwn: who proposed it would decide it.
            ChangeNotFound: it was decided or has lapsed, or somebody else would withdraw it.

        """
        if decision is Decision.WITHDRAWN:
            if not self.is_of(actor):
                raise ChangeNotFound
        elif self.is_of(actor):
            raise ChangeOwn
        else:
            require_role(actor, decider(self.kind))
        if not self.is_open(now):
            raise ChangeNotFound

    def allows(self, actor: Actor, decision: Decision, now: datetime) -> bool:
        """Return whether `check_decision` would let it pass."""
        try:
            self.check_decision(actor, decision, now)
        except (AdministratorRequired, ChangeNotFound, ChangeOwn):
            return False
        return True

    def check_may_take_outcome(self, actor: Actor) -> None:
        """Only who proposed the change, and still is such an administrator, sees the secret that it made.

        Raises:
            AdministratorRequired, ChangeNotFound.

        """
        require_role(actor, proposer(self.kind))
        if not (self.is_of(actor) and self.has_outcome):
            raise ChangeNotFound
