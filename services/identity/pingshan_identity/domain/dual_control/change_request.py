"""Changes that need two people: one administrator proposes, one of another kind decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR

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


_OF_SECURITY = frozenset({ChangeKind.RESET_FACTORS, ChangeKind.ROTATE_KEYS, ChangeKind.END_SESSIONS})


def proposer(kind: ChangeKind) -> str:
    """The role that proposes."""
    return SECURITY_ADMINISTRATOR if kind in _OF_SECURITY else SYSTEM_ADMINISTRATOR


def decider(kind: ChangeKind) -> str:
    """The role that decides: always the other one."""
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
