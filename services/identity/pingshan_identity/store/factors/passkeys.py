"""Queries on passkeys."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.factors.passkey import Passkey
from pingshan_identity.domain.realm import Realm
from pingshan_identity.store.tables import passkey, person

_t = passkey.c


async def of_person(tx: AsyncConnection, person_id: str) -> list[Passkey]:
    """Returns a person's passkeys, the oldest first."""
    rows = await tx.execute(
        select(passkey).where(_t.person_id == UUID(person_id)).order_by(_t.created_at, _t.credential_id)
    )
    return [_passkey(row) for row in rows.mappings()]


async def get(tx: AsyncConnection, credential_id: bytes, realm: Realm) -> Passkey | None:
    """Returns the passkey; None where nobody has it, or its person is of the other realm or has left."""
    found = await tx.execute(
        select(passkey)
        .join(person)
        .where(_t.credential_id == credential_id, person.c.realm == realm.value, person.c.left_at.is_(None))
    )
    row = found.mappings().one_or_none()
    return None if row is None else _passkey(row)


async def add(tx: AsyncConnection, added: Passkey, aaguid: UUID) -> bool:
    """Adds a passkey. Returns False where the credential id is taken (WebAuthn section 7.1 step 26)."""
    done = await tx.execute(
        insert(passkey)
        .values(
            credential_id=added.credential_id,
            person_id=UUID(added.person_id),
            public_key=added.public_key,
            sign_count=added.sign_count,
            transports=list(added.transports),
            aaguid=aaguid,
            backup_eligible=added.backup_eligible,
            hardware=added.hardware,
            name=added.name,
            created_at=added.created_at,
        )
        .on_conflict_do_nothing()
        .returning(_t.credential_id)
    )
    return done.one_or_none() is not None


async def use(tx: AsyncConnection, credential_id: bytes, sign_count: int, now: datetime) -> bool:
    """Keeps the counter. Returns False where it did not rise: a copy of the key may exist (WebAuthn section 6.1.1).

    A counter of 0 is accepted as long as it was 0 before.
    """
    rises = _t.sign_count < sign_count if sign_count else _t.sign_count == 0
    used = await tx.execute(
        update(passkey)
        .where(_t.credential_id == credential_id, rises)
        .values(sign_count=sign_count, last_used_at=now)
        .returning(_t.credential_id)
    )
    return used.one_or_none() is not None


async def rename(tx: AsyncConnection, person_id: str, credential_id: bytes, name: str) -> bool:
    """Renames a passkey. Returns False where the person has no such passkey."""
    renamed = await tx.execute(
        update(passkey)
        .where(_t.credential_id == credential_id, _t.person_id == UUID(person_id))
        .values(name=name)
        .returning(_t.credential_id)
    )
    return renamed.one_or_none() is not None


async def remove(tx: AsyncConnection, person_id: str, credential_id: bytes) -> bool:
    """Removes a passkey. Returns False where the person has no such passkey."""
    removed = await tx.execute(
        delete(passkey)
        .where(_t.credential_id == credential_id, _t.person_id == UUID(person_id))
        .returning(_t.credential_id)
    )
    return removed.one_or_none() is not None


async def remove_others(tx: AsyncConnection, person_id: str, kept: bytes | None) -> bool:
    """Removes a person's passkeys but one; None for all. Returns False where there was none to remove."""
    others = (_t.person_id == UUID(person_id)) & _t.credential_id.is_distinct_from(kept)
    removed = await tx.execute(delete(passkey).where(others).returning(_t.credential_id))
    return bool(removed.all())


def _passkey(row: Mapping[Any, Any]) -> Passkey:
    return Passkey(
        credential_id=row["credential_id"],
        person_id=str(row["person_id"]),
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        transports=tuple(row["transports"]),
        backup_eligible=row["backup_eligible"],
        hardware=row["hardware"],
        name=row["name"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )
