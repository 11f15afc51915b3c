"""Checks whether a grant is alive, binds grants and ends them, for several use cases, in the caller's transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pingshan_events.identity import GrantEnded
from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.oauth.access_token import is_a_persons
from pingshan_identity.domain.oauth.grant import Grant, GrantEndReason, key_to_bind
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import grants, revoked_tokens
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies


async def is_alive(tx: AsyncConnection, personal: PersonalData, claims: Mapping[str, Any]) -> bool:
    """Returns whether the token's grant and session are alive; for a machine's token, whether its client is switched on
    and has not revoked it.
    """
    if not is_a_persons(claims):
        client = await clients.get(tx, claims["client_id"])
        return client is not None and not client.disabled and not await revoked_tokens.has(tx, claims["jti"])
    grant = await grants.get(tx, UUID(claims["grant"]))
    session = await sessions.get(tx, personal, claims["sid"])
    return grant is not None and grant.is_alive(session, clock.now())


async def is_alive_now(deps: Dependencies, claims: Mapping[str, Any]) -> bool:
    """Returns what `is_alive` returns; about a person's token by one statement with those who ask at the same time."""
    if not is_a_persons(claims):
        async with deps.database.read() as tx:
            return await is_alive(tx, deps.personal, claims)
    behind = await deps.token_reads.behind(UUID(claims["grant"]), claims["sid"])
    return behind.grant is not None and behind.grant.is_alive(behind.session, clock.now())


async def bound_grant(tx: AsyncConnection, client: Client, grant_id: UUID, jkt: str | None) -> Grant:
    """Returns the grant that a code is redeemed for, bound to the key by which a public client proved itself.

    `jkt`: thumbprint of the key whose proof came with the request; None where none came.

    Raises:
        OAuthError: `invalid_grant`, the grant is gone.
    """
    if (key := key_to_bind(client, jkt)) is not None:
        await grants.bind(tx, grant_id, key)
    grant = await grants.get(tx, grant_id)
    if grant is None:
        raise OAuthError("invalid_grant", "the grant behind the code is gone")
    return grant


async def end_grant(tx: AsyncConnection, actor: Actor, grant: Grant, reason: GrantEndReason) -> bool:
    """Ends the grant, tells every service and records it. Returns False where the grant had ended before."""
    now = clock.now()
    version = await grants.end(tx, grant.grant_id, reason, now)
    if version is None:
        return False
    await outbox.publish(
        tx,
        GrantEnded(
            event_id=uuid7(),
            aggregate_id=str(grant.grant_id),
            aggregate_version=version,
            correlation_id=grant.session_id,
            occurred_at=now,
            grant_id=str(grant.grant_id),
            session_id=grant.session_id,
            reason=reason.value,
        ),
    )
    person_id = await sessions.person_of(tx, grant.session_id)
    details = {"client_id": grant.client_id, "session_id": grant.session_id, "reason": reason.value}
    await audit_log.append(tx, actor=actor, act=Act.GRANT_ENDED, subject=f"person:{person_id}", details=details)
    return True
