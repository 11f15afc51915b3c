"""Dual control (两人审批): one administrator proposes a change, one of another kind decides it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pingshan_values.actor import Actor
from pingshan_values.shanghai import day_of

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SEPARATED, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.reason import check_reason, tidy_reason
from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.errors import (
    AdministratorRequired,
    ChangeForOneself,
    ChangeNotFound,
    ChangeOpen,
    ChangeOwn,
    ProposerDismissed,
)

LIFE = timedelta(days=7)
"""How long a proposal waits for a decision before it lapses."""

STATE, BEFORE = "state", "before"
"""Keys in a proposal's details that are not the change itself: what its subject was like when it was proposed, and the
settings that it replaces.
"""


class ChangeKind(StrEnum):
    GIVE_POWER = "give-power"
    END_POWER = "end-power"
    """Ends a post under dual control."""
    MOVE_PERSON = "move-person"
    """Moves an administrator to another organisation, section or posts."""
    END_EMPLOYMENT = "end-employment"
    """Dismisses an administrator, never the last holder of a duty."""
    RECORD_DEPARTURE = "record-departure"
    """Notes that an administrator has left or died, also the last holder of a duty, which is vacant then."""
    CANCEL_LEAVING = "cancel-leaving"
    """Takes back that an administrator is to leave on a day to come."""
    CANCEL_MOVE = "cancel-move"
    """Takes back the move of an administrator that is planned for a day to come."""
    APPOINT_DEPUTY = "appoint-deputy"
    """Makes an administrator the deputy of somebody absent."""
    END_DEPUTY = "end-deputy"
    REGISTER_CLIENT = "register-client"
    CHANGE_CLIENT = "change-client"
    DISABLE_CLIENT = "disable-client"
    ENABLE_CLIENT = "enable-client"
    ROTATE_SECRET = "rotate-secret"  # noqa: S105 - a kind of change
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a kind of change
    """Gives a person who has lost their password a first one again, which they change as they sign in."""
    RESET_FACTORS = "reset-factors"
    ROTATE_KEYS = "rotate-keys"
    END_SESSIONS = "end-sessions"
    """Ends the sessions of everybody in an organisation, or of everybody who has a system open."""
    OPEN_REGISTRATION = "open-registration"
    """Makes an initial access token (RFC 7591 section 3)."""


class Hand(StrEnum):
    """Lists who is shown a secret that an approved change made, once and nobody else."""

    PROPOSER = "proposer"
    DECIDER = "decider"


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    def check_reason(self, text: str) -> str:
        """Returns the reason as the record keeps it. Raises ReasonRequired where a refusal has none."""
        return check_reason(text) if self is Decision.REFUSED else tidy_reason(text)


_OF_SECURITY = frozenset(
    {ChangeKind.RESET_PASSWORD, ChangeKind.RESET_FACTORS, ChangeKind.ROTATE_KEYS, ChangeKind.END_SESSIONS}
)


_WHATEVER_IT_BECOMES = frozenset({ChangeKind.DISABLE_CLIENT, ChangeKind.END_SESSIONS})


def depends_on_client(kind: ChangeKind) -> bool:
    """Returns whether an approval is for the client as it was proposed, settings and all.

    What takes from a client counts whatever it has become: one that registered itself could change a setting again and
    again, and would never be switched off (RFC 7592 section 2.2).
    """
    return kind not in _WHATEVER_IT_BECOMES


def proposers(kind: ChangeKind) -> frozenset[str]:
    """Returns the roles that propose a change of that kind."""
    if kind is ChangeKind.RECORD_DEPARTURE:
        return frozenset({SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR})
    return frozenset({SECURITY_ADMINISTRATOR if kind in _OF_SECURITY else SYSTEM_ADMINISTRATOR})


def deciders(kind: ChangeKind) -> frozenset[str]:
    """Returns the roles that decide a change of that kind: of system and security, the one that does not propose it.

    A departure is decided by whoever of the separated roles did not propose it: the one who left may have been the
    only one of theirs.
    """
    if kind is ChangeKind.RECORD_DEPARTURE:
        return SEPARATED
    return frozenset({SYSTEM_ADMINISTRATOR if kind in _OF_SECURITY else SECURITY_ADMINISTRATOR})


def concerned(details: Mapping[str, Any]) -> frozenset[str]:
    """Returns the ids of the people whom a change is about; none of them decides it."""
    return frozenset(str(details[name]) for name in ("person_id", "deputy_id") if details.get(name))


def check_may_look_up(actor: Actor) -> None:
    """Raises AdministratorRequired where the actor neither proposes nor decides any change but departures."""
    require_role(actor, SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)


def may_propose(actor: Actor, kind: ChangeKind) -> bool:
    """Returns whether the actor holds a role that proposes a change of that kind; pages show what it allows."""
    return not actor.roles.isdisjoint(proposers(kind))


_GIVES = frozenset(
    {
        ChangeKind.GIVE_POWER,
        ChangeKind.MOVE_PERSON,
        ChangeKind.CANCEL_LEAVING,
        ChangeKind.CANCEL_MOVE,
        ChangeKind.RESET_PASSWORD,
        ChangeKind.RESET_FACTORS,
    }
)


def check_proposer(kind: ChangeKind, details: Mapping[str, Any], actor: Actor) -> None:
    """Refuses a proposal by somebody without the role, and one that gives power to who makes it.

    Raises:
        AdministratorRequired, ChangeForOneself.
    """
    require_role(actor, *proposers(kind))
    gets_it = details["deputy_id"] if kind is ChangeKind.APPOINT_DEPUTY else details.get("person_id")
    if kind in _GIVES | {ChangeKind.APPOINT_DEPUTY} and gets_it == actor.person_id:
        raise ChangeForOneself


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
    outcomes: frozenset[Hand]
    """For whom a secret waits, which each of them may fetch once."""

    def is_open(self, now: datetime) -> bool:
        return self.decided_at is None and now < self.expires_at

    def is_of(self, actor: Actor) -> bool:
        """Returns whether the actor proposed the change."""
        return actor.person_id == self.requested_by

    def is_same_act(self, kind: ChangeKind, subject: str, details: Mapping[str, Any]) -> bool:
        """Returns whether a proposal is for the act that this change is for: its kind, on the same subject.

        Different posts of one person are different acts; different settings of one client, or days, are not.
        """
        return (self.kind, self.subject, self.details.get("post")) == (kind, subject, details.get("post"))

    def check_decision(self, actor: Actor, decision: Decision, now: datetime) -> None:
        """Refuses a decision by an actor who may not take it, and any decision on a change that is no longer open.

        Raises:
            AdministratorRequired: the actor is no administrator of the kind that decides the change.
            ChangeForOneself: the change is about the actor, who would approve or refuse it.
            ChangeOwn: the actor proposed the change and would approve or refuse it.
            ChangeNotFound: it was decided or has lapsed, or somebody other than its proposer would withdraw it.
        """
        if decision is Decision.WITHDRAWN:
            if not self.is_of(actor):
                raise ChangeNotFound
        elif self.is_of(actor):
            raise ChangeOwn
        else:
            require_role(actor, *deciders(self.kind))
            if actor.person_id in concerned(self.details):
                raise ChangeForOneself
        if not self.is_open(now):
            raise ChangeNotFound

    def allows(self, actor: Actor, decision: Decision, now: datetime) -> bool:
        """Returns whether `check_decision` would raise nothing."""
        try:
            self.check_decision(actor, decision, now)
        except (AdministratorRequired, ChangeForOneself, ChangeNotFound, ChangeOwn):
            return False
        return True

    def check_approval(self, proposers_roles: Collection[str], deciders_roles: Collection[str]) -> None:
        """Refuses an approval after either of the two has lost what makes them two.

        `proposers_roles`, `deciders_roles`: those that each holds at this moment.

        Raises:
            ProposerDismissed: the proposer may not propose such a change any more.
            AdministratorRequired: the decider may not decide it any more, or is of the proposer's kind.
        """
        if not proposers(self.kind).intersection(proposers_roles):
            raise ProposerDismissed
        if not deciders(self.kind).difference(proposers_roles).intersection(deciders_roles):
            raise AdministratorRequired

    def check_may_take_outcome(self, actor: Actor) -> Hand:
        """Returns whose secret of the change the actor may fetch, and refuses it to everybody else.

        Raises:
            AdministratorRequired: the actor does not hold the proposing or deciding role, now.
            ChangeNotFound: somebody else proposed and decided the change, or no secret waits for the actor.
        """
        decided_it = actor.person_id is not None and actor.person_id == self.decided_by
        hand = Hand.DECIDER if decided_it else Hand.PROPOSER
        require_role(actor, *(deciders(self.kind) if decided_it else proposers(self.kind)))
        if not (decided_it or self.is_of(actor)) or hand not in self.outcomes:
            raise ChangeNotFound
        return hand

    @property
    def secret_is_gone(self) -> bool:
        """Returns whether an approval made a secret of a system, or for its registration, that was shown and is kept
        nowhere: who has lost it needs another one.
        """
        return self.decision is Decision.APPROVED and self._makes_secret and Hand.PROPOSER not in self.outcomes

    @property
    def _makes_secret(self) -> bool:
        before, method = self.details.get(BEFORE, {}).get("auth_method"), self.details.get("auth_method")
        match self.kind:
            case ChangeKind.ROTATE_SECRET | ChangeKind.OPEN_REGISTRATION:
                return True
            case ChangeKind.REGISTER_CLIENT:
                return AuthMethod(method or AuthMethod.CLIENT_SECRET_BASIC).has_secret
            case ChangeKind.CHANGE_CLIENT if before and method:
                return AuthMethod(method).has_secret and not AuthMethod(before).has_secret
            case _:
                return False

    def outcome_for(self, actor: Actor) -> Hand | None:
        """Returns whose secret of the change the actor may fetch; None for none."""
        try:
            return self.check_may_take_outcome(actor)
        except (AdministratorRequired, ChangeNotFound):
            return None


def refuse_open(
    open_changes: Iterable[ChangeRequest], kind: ChangeKind, subject: str, details: Mapping[str, Any]
) -> None:
    """Refuses a proposal of an act that waits for a decision already.

    `open_changes`: those that are open at this moment.

    Raises:
        ChangeOpen: it names the change that waits.
    """
    for each in open_changes:
        if each.is_same_act(kind, subject, details):
            raise ChangeOpen(change_id=each.change_id, proposed_at=day_of(each.requested_at).isoformat())
