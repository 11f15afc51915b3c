"""Reads a person's own account page."""

from dataclasses import dataclass, field
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor
from pingshan_values.masked import mask_mobile

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import persons, public_persons
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Account:
    person: Person
    organisation: tuple[str, str] | None
    """Chinese and English name of the organisation; None in the public realm."""
    posts: tuple[tuple[str, str], ...]
    """Chinese and English names of the posts."""
    masked_mobile: str = field(repr=False)
    real_name_level: int
    """Real-name level of the public: 0 unknown, 1 telephone, 2 proven by an upstream; 0 for staff."""


async def read_account(deps: Dependencies, actor: Actor) -> Account:
    """Returns the account of the person who asks.

    Raises:
        PersonNotFound: nobody is signed in, or they have left.
    """
    person_id = require_person(actor, PersonNotFound)
    key = UUID(person_id)
    async with deps.database.read() as tx:
        person = await persons.get(tx, deps.personal, key, clock.today())
        contacts = await persons.contacts(tx, deps.personal, [key])
        if person is None or not contacts:
            raise PersonNotFound(person_id=person_id)
        organisation = await organisations.names(tx, person.organisation) if person.organisation else None
        posts = await persons.post_names(tx, person.posts)
        level = await public_persons.level_of(tx, person_id)
    number = contacts[0].mobile_number
    masked = mask_mobile(number) if number else ""
    return Account(person, organisation, tuple(posts), masked, level)
