"""Lists the systems that a person may open, for the launchpad."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import may_open, require_person
from pingshan_identity.domain.clients.system import System
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.store.clients import clients
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Launchpad:
    openable: tuple[System, ...]
    others: int
    """Number of systems that are not open to the person."""


async def list_systems(deps: Dependencies, actor: Actor, *, search: str = "") -> Launchpad:
    """Returns the systems whose name, owner or code contains `search`, platform systems first; all of them for "".

    Raises:
        PersonNotFound: nobody is signed in, or the person has left.
    """
    person_id = require_person(actor, PersonNotFound)
    today = clock.today()
    async with deps.database.read() as tx:
        person = await persons.get(tx, deps.personal, UUID(person_id), today)
        roles = await persons.roles_by_audience(tx, person_id, today)
        every = await clients.launchable(tx)
    if person is None:
        raise PersonNotFound(person_id=person_id)
    openable = [system for client, system in every if may_open(person, client, has_role=system.code in roles)]
    found = tuple(system for system in openable if _matches(system, search.strip().casefold()))
    return Launchpad(found, others=len(every) - len(openable))


def _matches(system: System, search: str) -> bool:
    names = (system.code, system.name_zh, system.name_en, system.owner_zh, system.owner_en)
    return any(search in name.casefold() for name in names)
