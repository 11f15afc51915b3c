"""Who may do what at identity."""

from pingshan_values.actor import Actor, ActorKind
from pingshan_values.errors import DomainError

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import AdministratorRequired
from pingshan_identity.domain.people.person import Person
from pingshan_identity.domain.realm import Realm


def may_open(person: Person, client: Client, *, has_role: bool) -> bool:
    """Whether a person may sign in to a system: it serves their realm, and their post or organisation opens it."""
    if person.realm not in client.realms:
        return False
    if person.realm is Realm.PUBLIC or has_role:
        return True
    return "*" in client.open_to or person.organisation in client.open_to


SYSTEM_ADMINISTRATOR = "system-administrator"
"""People, organisation, clients."""
SECURITY_ADMINISTRATOR = "security-administrator"
"""Sessions, factors, posts with powers, keys."""
AUDITOR = "auditor"
"""Records, and nothing else."""
SEPARATED = frozenset({SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR, AUDITOR})
"""三权分立: no two of them in one person (GB/T 22239-2019 clause 8.1.5)."""


def require_role(actor: Actor, *roles: str) -> None:
    """Raise AdministratorRequired where the actor holds none of the roles."""
    if not actor.roles.intersection(roles):
        raise AdministratorRequired


def require_person(actor: Actor, refusal: type[DomainError]) -> str:
    """Return the id of the person who acts. Raises `refusal` where nobody is signed in."""
    if actor.person_id is None:
        raise refusal
    return actor.person_id


def check_may_verify_records(actor: Actor) -> None:
    """The service itself checks the record, and so does an auditor. Raises AdministratorRequired for others."""
    if actor.kind is not ActorKind.SERVICE:
        require_role(actor, AUDITOR)
