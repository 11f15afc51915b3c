"""The board of one sign-out: who confirmed, who is pending and why."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AUDITOR, SECURITY_ADMINISTRATOR
from pingshan_identity.domain.errors import SignOutNotFound
from pingshan_identity.domain.sign_out.sign_out import Delivery, DeliveryState, SignOut
from pingshan_identity.store.people import persons
from pingshan_identity.store.sign_out import sign_outs


@dataclass(frozen=True, slots=True)
class Board:
    sign_out: SignOut
    deliveries: tuple[Delivery, ...]
    name: str = field(repr=False)
    """Of the person; empty for whoever may see the sign-out and not the name."""
    at: datetime

    @property
    def confirmed(self) -> int:
        return sum(each.state is DeliveryState.CONFIRMED for each in self.deliveries)

    @property
    def untold(self) -> tuple[Delivery, ...]:
        """That cannot be told and may hold a token still."""
        return tuple(each for each in self.deliveries if each.state is DeliveryState.UNSUPPORTED and each.alive_until)

    @property
    def pending(self) -> int:
        return sum(each.state is DeliveryState.PENDING for each in self.deliveries)


async def read_sign_out(
    actor: Actor, database: Database, personal: PersonalData, *, sign_out_id: UUID, held: Collection[str]
) -> Board:
    """For the person, for security administrators and auditors, and for the browser that asked for it.

    `held`: ids of sign-outs that this browser asked for, proven by a sealed cookie: the session is over by then.

    Raises:
        SignOutNotFound: there is none, or it is not the asker's to see.

    """
    async with database.read() as tx:
        sign_out = await sign_outs.get(tx, sign_out_id)
        if sign_out is None:
            raise SignOutNotFound
        owner = actor.person_id == sign_out.person_id
        office = bool(actor.roles & {SECURITY_ADMINISTRATOR, AUDITOR})
        if not (owner or office or sign_out.sign_out_id in held):
            raise SignOutNotFound
        deliveries = await sign_outs.deliveries(tx, sign_out_id)
        name = await persons.name_of(tx, personal, sign_out.person_id) if owner or office else ""
    return Board(sign_out, tuple(deliveries), name, clock.now())
