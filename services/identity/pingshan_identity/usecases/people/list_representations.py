"""Whom the person acts for, and whom they appointed for the companies that they head."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.masked import mask_name

from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.people.representation import Representation
from pingshan_identity.store.people import representations


@dataclass(frozen=True, slots=True)
class Appointment:
    representation: Representation
    masked_name: str = field(repr=False)
    """Of the agent."""


@dataclass(frozen=True, slots=True)
class OwnRepresentations:
    current: tuple[Representation, ...]
    over: tuple[Representation, ...]
    agents: Mapping[str, tuple[Appointment, ...]]
    """By the id of the representation as legal representative."""
    systems: Mapping[str, tuple[str, str]]
    """Chinese and English names of what a scope may hold."""


async def list_representations(actor: Actor, database: Database, personal: PersonalData) -> OwnRepresentations:
    """Raises SessionNotFound: nobody is signed in."""
    if actor.person_id is None:
        raise SessionNotFound
    today = clock.today()
    async with database.read() as tx:
        own = await representations.of_person(tx, personal, actor.person_id)
        agents = {
            each.representation_id: tuple(
                Appointment(agent, mask_name(name))
                for agent, name in await representations.agents_of(tx, personal, each.holder_code, today)
            )
            for each in own
            if each.may_appoint(today)
        }
        systems = await representations.public_systems(tx)
    return OwnRepresentations(
        current=tuple(each for each in own if each.is_current(today)),
        over=tuple(each for each in own if not each.is_current(today)),
        agents=agents,
        systems=systems,
    )
