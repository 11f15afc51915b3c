"""Queries on clients, for administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingshan_values.text import is_storable
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import ClientKind
from pingshan_identity.domain.clients.registration import Registration
from pingshan_identity.store.clients.registrations import columns_of
from pingshan_identity.store.tables import access_grant, client

_c = client.c


@dataclass(frozen=True, slots=True)
class ClientRow:
    """Is a client with columns that only administrators see."""

    values: Mapping[str, Any]
    last_used_at: datetime | None


async def add(
    tx: AsyncConnection,
    registration: Registration,
    *,
    client_id: str,
    owner: str,
    open_to: Sequence[str],
    required_level: int,
    launch_uri: str | None,
    secret_hash: bytes | None,
    now: datetime,
) -> None:
    """Adds a system of the government that staff sign in to."""
    await tx.execute(
        insert(client).values(
            client_id=client_id,
            kind=ClientKind.DISTRICT.value,
            owner=owner,
            protocol="oidc",
            secret_hash=secret_hash,
            realms=["staff"],
            audiences=[],
            open_to=list(open_to),
            launch_uri=launch_uri,
            required_level=required_level,
            created_at=now,
            **columns_of(registration),
        )
    )


async def change(tx: AsyncConnection, client_id: str, values: Mapping[str, Any]) -> bool:
    """Replaces columns of a client. Returns False where there is no such client."""
    done = await tx.execute(update(client).where(_c.client_id == client_id).values(values).returning(_c.client_id))
    return done.one_or_none() is not None


async def page(tx: AsyncConnection, *, search: str, after: str, limit: int) -> list[ClientRow]:
    """Returns clients by id, those after `after`; `search`, where not empty, is a part of the id or of a name.

    `last_used_at` is None in all of them.
    """
    if not is_storable([search, after]):
        return []
    query = select(client).where(_c.client_id > after)
    if search:
        like = f"%{search.replace('%', '').replace('_', chr(92) + '_')}%"
        query = query.where(or_(_c.client_id.ilike(like), _c.name_zh.ilike(like), _c.name_en.ilike(like)))
    rows = await tx.execute(query.order_by(_c.client_id).limit(limit))
    return [ClientRow(dict(row), None) for row in rows.mappings()]


async def locked(tx: AsyncConnection, client_id: str) -> Mapping[str, Any] | None:
    """Returns the columns of the client, which nobody else changes before the commit; None where there is none."""
    if not is_storable(client_id):
        return None
    query = select(client).where(_c.client_id == client_id).with_for_update()
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def get(tx: AsyncConnection, client_id: str) -> ClientRow | None:
    """Returns the client and when it last got a grant; None where there is none."""
    if not is_storable(client_id):
        return None
    row = (await tx.execute(select(client).where(_c.client_id == client_id))).mappings().one_or_none()
    if row is None:
        return None
    last = select(func.max(access_grant.c.created_at)).where(access_grant.c.client_id == client_id)
    return ClientRow(dict(row), (await tx.execute(last)).scalar_one())
