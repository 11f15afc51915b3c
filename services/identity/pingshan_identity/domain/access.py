"""Who may do what at identity."""

from pingshan_identity.domain.client import Client
from pingshan_identity.domain.person import Person
from pingshan_identity.domain.realm import Realm


def may_open(person: Person, client: Client, *, has_role: bool) -> bool:
    """Whether a person may sign in to a system: it serves their realm, and their post or organisation opens it."""
    if person.realm not in client.realms:
        return False
    if person.realm is Realm.PUBLIC or has_role:
        return True
    return "*" in client.open_to or person.organisation in client.open_to
