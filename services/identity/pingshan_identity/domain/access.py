"""Access rules: who may do what at identity."""

from collections.abc import Collection
from enum import StrEnum

from pingshan_values.actor import Actor, ActorKind
from pingshan_values.errors import DomainError

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import AdministratorRequired, LevelTooLow, SystemNotOpen
from pingshan_identity.domain.people.person import Person
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.assurance import level_needed


def may_open(person: Person, client: Client, *, has_role: bool) -> bool:
    """Returns whether a person may sign in to a system: it serves their realm, and staff have a role or are let in
    there.

    Staff without a role are let in by `open_to`, the organisations that the system is open to.
    """
    if person.realm not in client.realms:
        return False
    if person.realm is Realm.PUBLIC or has_role:
        return True
    return "*" in client.open_to or person.organisation in client.open_to


def check_may_let_in(session: Session, person: Person | None, client: Client, *, has_role: bool) -> None:
    """Refuses to let a device in to a system for a person who could not open that system themselves now.

    `person`: None where they have left.

    Raises:
        SystemNotOpen: the person may not open the system.
        LevelTooLow: the system asks for a higher level than the session has.
    """
    if person is None or not may_open(person, client, has_role=has_role):
        raise SystemNotOpen
    if session.acr < level_needed(session.realm, system=client.required_level, asked=None):
        raise LevelTooLow(level=client.required_level)


class Denial(StrEnum):
    """States why a person may not open a system, or holds no role there."""

    LEFT = "left"
    NOT_OPEN = "not-open"
    NO_ROLE = "no-role"
    UNKNOWN_AUDIENCE = "unknown-audience"


def may_ask_about(actor: Actor, *, person_id: str, audience: str) -> bool:
    """Returns whether the actor may ask: persons about themselves, clients about an audience of their own."""
    if actor.kind is ActorKind.PERSON:
        return actor.person_id == person_id
    return actor.kind is ActorKind.CLIENT and actor.client_id == audience


def denial_of(client: Client | None, person: Person | None, roles: Collection[str], *, role: str) -> Denial | None:
    """Returns why the person is refused; None where they are not.

    `person`: None where they have left. `roles`: those that they hold at the client. `role`: the one that is asked
    about, empty for whether the person may open the system at all.
    """
    if client is None or client.disabled:
        return Denial.UNKNOWN_AUDIENCE
    if person is None:
        return Denial.LEFT
    if role:
        return None if role in roles else Denial.NO_ROLE
    return None if may_open(person, client, has_role=bool(roles)) else Denial.NOT_OPEN


def require_client(actor: Actor, refusal: type[DomainError]) -> str:
    """Returns the id of the client that acts for itself. Raises `refusal` where no client is calling."""
    if actor.kind is not ActorKind.CLIENT or actor.client_id is None:
        raise refusal
    return actor.client_id


SYSTEM_ADMINISTRATOR = "system-administrator"
"""Role that keeps people, organisations and clients."""
SECURITY_ADMINISTRATOR = "security-administrator"
"""Role that keeps sessions, factors, posts with powers, and keys."""
AUDITOR = "auditor"
"""Role that reads records, and nothing else."""
SEPARATED = frozenset({SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR, AUDITOR})
"""Roles of which no two may meet in one person: 三权分立 (GB/T 22239-2019 clause 8.1.5)."""


def require_role(actor: Actor, *roles: str) -> None:
    """Raises AdministratorRequired where the actor holds none of the roles."""
    if not actor.roles.intersection(roles):
        raise AdministratorRequired


def require_person(actor: Actor, refusal: type[DomainError]) -> str:
    """Returns the id of the person who acts. Raises `refusal` where nobody is signed in."""
    if actor.person_id is None:
        raise refusal
    return actor.person_id


def check_may_verify_records(actor: Actor) -> None:
    """Raises AdministratorRequired where the actor is neither an auditor nor the service itself."""
    if actor.kind is not ActorKind.SERVICE:
        require_role(actor, AUDITOR)
