"""Queries on grants and their authorization codes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.storage.among import among
from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.oauth.authorization_code import AuthorizationCode
from pingshan_identity.domain.oauth.grant import Grant, GrantEndReason
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.tables import (
    access_grant,
    authorization_code,
    client,
    sso_session,
)

_code = authorization_code.c
GRANT = (
    access_grant.c.grant_id,
    access_grant.c.session_id,
    access_grant.c.client_id,
    access_grant.c.scope,
    access_grant.c.claims,
    access_grant.c.dpop_jkt,
    access_grant.c.ended_at,
    access_grant.c.auth_time,
    access_grant.c.acr,
    access_grant.c.amr,
)
"""Columns in the order of the fields of `Grant`."""
CODE = (
    _code.grant_id,
    _code.redirect_uri,
    _code.code_challenge,
    _code.dpop_jkt,
    _code.nonce,
    _code.expires_at,
    _code.used_at,
)
"""Columns in the order of the fields of `AuthorizationCode`."""
_WITH_SESSION = access_grant.join(sso_session)


async def add_grant(
    tx: AsyncConnection,
    *,
    grant_id: UUID,
    session: Session,
    client_id: str,
    scope: str,
    claims: Mapping[str, list[str]] | None,
    dpop_jkt: str | None,
    now: datetime,
) -> None:
    """Adds a grant within a session, and keeps the session's level, methods and time of sign-in with it."""
    await tx.execute(
        insert(access_grant).values(
            grant_id=grant_id,
            session_id=session.session_id,
            client_id=client_id,
            scope=scope,
            claims=claims,
            dpop_jkt=dpop_jkt,
            auth_time=session.auth_time,
            acr=session.acr,
            amr=list(session.amr),
            created_at=now,
        )
    )


async def bind(tx: AsyncConnection, grant_id: UUID, dpop_jkt: str) -> None:
    """Binds a grant to the key with which a public client redeemed its code (RFC 9449 section 5)."""
    await tx.execute(update(access_grant).where(access_grant.c.grant_id == grant_id).values(dpop_jkt=dpop_jkt))


async def code(tx: AsyncConnection, code_hash: bytes, client_id: str) -> AuthorizationCode | None:
    """Returns a code of that client, redeemable or not; None where there is none."""
    row = (
        await tx.execute(select(*CODE).where(_code.code_hash == code_hash, _code.client_id == client_id))
    ).one_or_none()
    return None if row is None else AuthorizationCode(*tuple(row))


async def used_by(tx: AsyncConnection, *, code_hash: bytes, client_id: str) -> UUID | None:
    """Returns the grant of a code that this client has used before; None where it has used no such code."""
    return (
        await tx.execute(
            select(_code.grant_id).where(
                _code.code_hash == code_hash, _code.client_id == client_id, _code.used_at.is_not(None)
            )
        )
    ).scalar_one_or_none()


async def get(tx: AsyncConnection, grant_id: UUID) -> Grant | None:
    """Returns the grant, alive or not; None where there is none."""
    row = (await tx.execute(select(*GRANT).where(access_grant.c.grant_id == grant_id))).one_or_none()
    return None if row is None else Grant(*tuple(row))


async def existing(tx: AsyncConnection, grant_id: UUID) -> Grant:
    """Returns a grant that must exist, alive or not."""
    return Grant(*tuple((await tx.execute(select(*GRANT).where(access_grant.c.grant_id == grant_id))).one()))


async def end(tx: AsyncConnection, grant_id: UUID, reason: GrantEndReason, now: datetime) -> int | None:
    """Ends a grant and returns its new version; None where it had ended before."""
    ended = await tx.execute(
        update(access_grant)
        .where(access_grant.c.grant_id == grant_id, access_grant.c.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason.value, version=access_grant.c.version + 1)
        .returning(access_grant.c.version)
    )
    version: int | None = ended.scalar_one_or_none()
    return version


async def live_of_client(tx: AsyncConnection, client_id: str, *, person_id: str | None = None) -> list[Grant]:
    """Returns the live grants of a client, for one person, or for all where `person_id` is None."""
    query = select(*GRANT).select_from(_WITH_SESSION).where(access_grant.c.client_id == client_id, _is_alive())
    if person_id is not None:
        query = query.where(sso_session.c.person_id == UUID(person_id))
    return [Grant(*tuple(row)) for row in await tx.execute(query)]


async def live_of_person(tx: AsyncConnection, person_id: str, *, made_before: datetime | None = None) -> list[Grant]:
    """Returns the live grants of a person; those made before a moment, where one is named."""
    mine = sso_session.c.person_id == UUID(person_id)
    query = select(*GRANT).select_from(_WITH_SESSION).where(mine, _is_alive())
    if made_before is not None:
        query = query.where(access_grant.c.created_at < made_before)
    return [Grant(*tuple(row)) for row in await tx.execute(query)]


def _is_alive() -> ColumnElement[bool]:
    """Returns the condition of `Grant.is_alive` in SQL."""
    return and_(access_grant.c.ended_at.is_(None), sessions.is_alive(clock.now()))


async def systems_of_sessions(tx: AsyncConnection, session_ids: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Returns the Chinese and English names of the systems opened with each session, by first opening."""
    rows = await tx.execute(
        select(access_grant.c.session_id, client.c.name_zh, client.c.name_en)
        .select_from(access_grant.join(client))
        .where(among(access_grant.c.session_id, session_ids))
        .group_by(access_grant.c.session_id, client.c.client_id)
        .order_by(func.min(access_grant.c.created_at))
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.session_id, []).append((row.name_zh, row.name_en))
    return found
