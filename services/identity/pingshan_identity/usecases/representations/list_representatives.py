"""Lists who may act for a licence holder."""

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.people.person import Person
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.dependencies import Dependencies


async def list_representatives(deps: Dependencies, actor: Actor, *, holder_code: str) -> list[Person]:
    """Returns the person with that number, or those who represent the company with that credit code today.

    Only representations that cover the service that asks count.
    """
    async with deps.database.read() as tx:
        return await persons.representatives(tx, deps.personal, holder_code, clock.today(), actor.service)
