"""Queries on device authorizations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.devices.device_authorization import INTERVAL, LIFE, DeviceAuthorization
from pingshan_identity.store.tables import device_authorization

_t = device_authorization.c


async def add(
    tx: AsyncConnection,
    *,
    device_code_hash: bytes,
    user_code_index: bytes,
    client_id: str,
    scope: str,
    audience: str | None,
    dpop_jkt: str | None,
    now: datetime,
) -> None:
    """Adds a device authorization that nobody has decided."""
    await tx.execute(
        insert(device_authorization).values(
            device_code_hash=device_code_hash,
            user_code_index=user_code_index,
            client_id=client_id,
            scope=scope,
            audience=audience,
            dpop_jkt=dpop_jkt,
            requested_at=now,
            expires_at=now + LIFE,
            poll_interval=INTERVAL,
        )
    )


async def by_user_code(tx: AsyncConnection, user_code_index: bytes, now: datetime) -> DeviceAuthorization | None:
    """Returns the undecided authorization of a user code; None where there is none, or it has expired."""
    row = (
        (
            await tx.execute(
                select(device_authorization).where(
                    _t.user_code_index == user_code_index,
                    _t.expires_at > now,
                    _t.grant_id.is_(None),
                    _t.denied_at.is_(None),
                )
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _authorization(row)


async def decide(tx: AsyncConnection, user_code_index: bytes, now: datetime, *, grant_id: UUID | None) -> bool:
    """Allows the device with a grant, or denies it for None. Returns False where it was decided or has expired."""
    values: dict[str, Any] = {"denied_at": now} if grant_id is None else {"grant_id": grant_id}
    done = await tx.execute(
        update(device_authorization)
        .where(
            _t.user_code_index == user_code_index,
            _t.expires_at > now,
            _t.grant_id.is_(None),
            _t.denied_at.is_(None),
        )
        .values(values)
        .returning(_t.client_id)
    )
    return done.one_or_none() is not None


async def polled(tx: AsyncConnection, device_code_hash: bytes, client_id: str) -> DeviceAuthorization | None:
    """Returns the authorization that a client polls, locked until the commit; None where it has no such one."""
    row = (
        (
            await tx.execute(
                select(device_authorization)
                .where(_t.device_code_hash == device_code_hash, _t.client_id == client_id)
                .with_for_update()
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _authorization(row)


async def note_poll(tx: AsyncConnection, device_code_hash: bytes, now: datetime, *, slower: int) -> None:
    """Keeps the time of a poll, and lengthens the wait by `slower` seconds."""
    await tx.execute(
        update(device_authorization)
        .where(_t.device_code_hash == device_code_hash)
        .values(polled_at=now, poll_interval=_t.poll_interval + slower)
    )


async def use_up(tx: AsyncConnection, device_code_hash: bytes, now: datetime) -> None:
    """Marks the device code as used, so that later polls are refused."""
    await tx.execute(update(device_authorization).where(_t.device_code_hash == device_code_hash).values(used_at=now))


def _authorization(row: Mapping[Any, Any]) -> DeviceAuthorization:
    return DeviceAuthorization(
        client_id=row["client_id"],
        scope=row["scope"],
        audience=row["audience"],
        dpop_jkt=row["dpop_jkt"],
        expires_at=row["expires_at"],
        poll_interval=row["poll_interval"],
        polled_at=row["polled_at"],
        grant_id=row["grant_id"],
        denied_at=row["denied_at"],
        used_at=row["used_at"],
    )
