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
"""How long a proposal waits for a decision before it lapses."""


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
    """Ends the sessions of everybody in an organisation, or of everybody who has a system open."""
    OPEN_REGISTRATION = "open-registration"
    """Makes an initial access token (RFC 7591 section 3)."""


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    def check_reason(self, text: str) -> str:
        """Returns the reason as the record keeps it. Raises ReasonRequired where a refusal has none."""
        return check_reason(text) if self is Decision.REFUSED else tidy_reason(text)


_OF_SECURITY = frozenset({ChangeKind.RESET_FACTORS, ChangeKind.ROTATE_KEYS, ChangeKind.END_SESSIONS})


def proposer(kind: ChangeKind) -> str:
    """Returns the role that proposes a change of that kind."""
    return SECURITY_ADMINISTRATOR if kind in _OF_SECURITY else SYSTEM_ADMINISTRATOR


def decider(kind: ChangeKind) -> str:
    """Returns the role that decides a change of that kind: of system and security, the one that does not propose it."""
    return SYSTEM_ADMINISTRATOR if kind in _OF_SECURITY else SECURITY_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    change_id: str
    kind: ChangeKind
    subject: str
    """Subject of the change, for example `person:<id>`."""
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
    """Whether a secret waits for the proposer, who may fetch it once."""

    def is_open(self, now: datetime) -> bool:
        return self.decided_at is None and now < self.expires_at

    def is_of(self, actor: Actor) -> bool:
        """Returns whether the actor proposed the change."""
        return actor.person_id == self.requested_by

    def check_decision(self, actor: Actor, decision: Decision, now: datetime) -> None:
        """Refuses a decision by an actor who may not take it, and any decision on a change that is no longer open.

        Raises:
            AdministratorRequired: the actor is no administrator of the kind that decides the change.
            ChangeOwn: the actor proposed the change and would approve or refuse it.
            ChangeNotFound: it was decided or has lapsed, or somebody other than its proposer would withdraw it.
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
        """Returns whether `check_decision` would raise nothing."""
        try:
            self.check_decision(actor, decision, now)
        except (AdministratorRequired, ChangeNotFound, ChangeOwn):
            return False
        return True

    def check_may_take_outcome(self, actor: Actor) -> None:
        """Refuses the secret that the change made to everybody but its proposer.

        Raises:
            AdministratorRequired: the actor does not hold the proposing role, now.
            ChangeNotFound: somebody else proposed the change, or no secret waits.
        """
        require_role(actor, proposer(self.kind))
        if not (self.is_of(actor) and self.has_outcome):
            raise ChangeNotFound
