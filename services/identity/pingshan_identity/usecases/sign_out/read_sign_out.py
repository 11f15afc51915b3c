"""Reads the board of one sign-out: who confirmed, who is pending and why."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.errors import SignOutNotFound
from pingshan_identity.domain.sign_out.sign_out import Delivery, DeliveryState, SignOut
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Board:
    sign_out: SignOut
    deliveries: tuple[Delivery, ...]
    name: str = field(repr=False)
    """Name of the person; empty for a reader who may not see it."""
    at: datetime

    @property
    def confirmed(self) -> int:
        return sum(each.state is DeliveryState.CONFIRMED for each in self.deliveries)

    @property
    def untold(self) -> tuple[Delivery, ...]:
        """Returns the deliveries to systems that cannot be told and may have held a token."""
        return tuple(each for each in self.deliveries if each.state is DeliveryState.UNSUPPORTED and each.alive_until)

    @property
    def pending(self) -> int:
        return sum(each.state is DeliveryState.PENDING for each in self.deliveries)


async def read_sign_out(deps: Dependencies, actor: Actor, *, sign_out_id: UUID, held: Collection[str]) -> Board:
    """Returns the board of a sign-out.

    `held`: ids of sign-outs that this browser asked for, from a sealed cookie, since its session is over by then.

    Raises:
        SignOutNotFound: there is none, or it is not the asker's to see.
    """
    async with deps.database.read() as tx:
        sign_out = await sign_outs.get(tx, sign_out_id)
        if sign_out is None:
            raise SignOutNotFound
        sign_out.check_may_read(actor, held)
        deliveries = await sign_outs.deliveries(tx, sign_out_id)
        named = sign_out.names_person_to(actor)
        name = await persons.name_of(tx, deps.personal, sign_out.person_id) if named else ""
    return Board(sign_out, tuple(deliveries), name, clock.now())
