"""How a password is replaced, in the caller's transaction."""

from pingshan_kit import clock, records
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.acting import acting


async def record_new_password(tx: AsyncConnection, person_id: str, hashed: str) -> None:
    await persons.change_password(tx, person_id, hashed, clock.now())
    person = acting(person_id)
    await records.append(tx, actor=person, act=Act.PASSWORD_CHANGED, subject=person.id, details={})
