"""Queries on consents of people to third parties."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from pingshan_values.text import is_storable
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.consents.consent import Consent, Given
from pingshan_identity.store.tables import client, consent

_t = consent.c


async def given(tx: AsyncConnection, person_id: str, client_id: str) -> Given | None:
    """Returns what the person allows the client; None where there is no consent, or it was withdrawn."""
    query = select(_t.scopes, _t.shown_hash).where(
        _t.person_id == UUID(person_id), _t.client_id == client_id, _t.withdrawn_at.is_(None)
    )
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Given(frozenset(row.scopes), row.shown_hash)


async def give(
    tx: AsyncConnection, person_id: str, client_id: str, scopes: Collection[str], shown_hash: bytes, now: datetime
) -> None:
    """Keeps a consent to these scopes in place of any consent before."""
    values = {"scopes": sorted(scopes), "shown_hash": shown_hash, "given_at": now, "withdrawn_at": None}
    statement = insert(consent).values(person_id=UUID(person_id), client_id=client_id, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=values))


async def of_person(tx: AsyncConnection, person_id: str) -> list[Consent]:
    """Returns the consents in force, the latest first."""
    rows = await tx.execute(
        select(_t.client_id, client.c.name_zh, client.c.name_en, _t.scopes, _t.given_at)
        .select_from(consent.join(client))
        .where(_t.person_id == UUID(person_id), _t.withdrawn_at.is_(None))
        .order_by(_t.given_at.desc())
    )
    return [Consent(row.client_id, row.name_zh, row.name_en, tuple(row.scopes), row.given_at) for row in rows]


async def withdraw(tx: AsyncConnection, person_id: str, client_id: str, now: datetime) -> bool:
    """Withdraws a consent. Returns False where there was none in force."""
    if not is_storable(client_id):
        return False
    withdrawn = await tx.execute(
        update(consent)
        .where(_t.person_id == UUID(person_id), _t.client_id == client_id, _t.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(_t.client_id)
    )
    return withdrawn.one_or_none() is not None
