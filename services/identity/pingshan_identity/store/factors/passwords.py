"""Queries on passwords: their hashes, and whether one must be changed."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.store.tables import password


class Kept(NamedTuple):
    hash: str | None
    changed_at: datetime | None
    """None where the person has no password."""


async def kept(tx: AsyncConnection, person_id: str) -> Kept:
    """Returns the hash of a person's password and when it was last changed, to be compared under `changed_at`'s lock
    once something was hashed.
    """
    query = select(password.c.hash, password.c.changed_at).where(password.c.person_id == UUID(person_id))
    row = (await tx.execute(query)).one_or_none()
    return Kept(None, None) if row is None else Kept(row.hash, row.changed_at)


async def hash_of(tx: AsyncConnection, person_id: str) -> str | None:
    """Returns the hash of a person's password; None where they have none."""
    found: str | None = (
        await tx.execute(select(password.c.hash).where(password.c.person_id == UUID(person_id)))
    ).scalar_one_or_none()
    return found


async def changed_at(tx: AsyncConnection, person_id: str) -> datetime | None:
    """Returns when the password was last changed, and locks it until the commit; None where there is none."""
    query = select(password.c.changed_at).where(password.c.person_id == UUID(person_id)).with_for_update()
    found: datetime | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def must_change(tx: AsyncConnection, person_id: str) -> bool:
    """Returns whether the password must be changed, since somebody else gave it or it is a stolen one."""
    query = select(password.c.must_change).where(password.c.person_id == UUID(person_id))
    return bool((await tx.execute(query)).scalar_one_or_none())


async def demand_change(tx: AsyncConnection, person_id: str) -> None:
    """Makes the person choose a new password at the next sign-in."""
    await tx.execute(update(password).where(password.c.person_id == UUID(person_id)).values(must_change=True))


async def rehash(tx: AsyncConnection, person_id: str, hashed: str) -> None:
    """Replaces the hash of the same password by one with today's parameters."""
    await tx.execute(update(password).where(password.c.person_id == UUID(person_id)).values(hash=hashed))


async def change(tx: AsyncConnection, person_id: str, hashed: str, now: datetime) -> None:
    """Sets a password that the person chose."""
    mine = password.c.person_id == UUID(person_id)
    await tx.execute(update(password).where(mine).values(hash=hashed, must_change=False, changed_at=now))


async def remove(tx: AsyncConnection, person_id: str) -> bool:
    """Removes the password. Returns False where there was none."""
    removed = await tx.execute(
        delete(password).where(password.c.person_id == UUID(person_id)).returning(password.c.person_id)
    )
    return removed.one_or_none() is not None


async def give(tx: AsyncConnection, person_id: UUID, hashed: str, now: datetime) -> None:
    """Sets a password that an administrator gave, in place of any other; it must be changed at the next sign-in."""
    await tx.execute(delete(password).where(password.c.person_id == person_id))
    await tx.execute(insert(password).values(person_id=person_id, hash=hashed, must_change=True, changed_at=now))
