"""Lists whom a person acts for, and the agents of the companies that they head."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_values.actor import Actor
from pingshan_values.masked import mask_name

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.domain.representations.representation import Representation
from pingshan_identity.store.representations import representations
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Appointment:
    representation: Representation
    masked_name: str = field(repr=False)
    """Masked name of the agent."""


@dataclass(frozen=True, slots=True)
class OwnRepresentations:
    current: tuple[Representation, ...]
    over: tuple[Representation, ...]
    agents: Mapping[str, tuple[Appointment, ...]]
    """Agents by the id of the representation as legal representative."""
    systems: Mapping[str, tuple[str, str]]
    """Chinese and English names of the systems that a scope may hold, by code."""


async def list_representations(deps: Dependencies, actor: Actor) -> OwnRepresentations:
    """Returns the representations of the person who asks. Raises SessionNotFound where nobody is signed in."""
    person_id, today = require_person(actor, SessionNotFound), clock.today()
    async with deps.database.read() as tx:
        own = await representations.of_person(tx, deps.personal, person_id)
        agents = {
            each.representation_id: tuple(
                Appointment(agent, mask_name(name))
                for agent, name in await representations.agents_of(tx, deps.personal, each.holder_code, today)
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
