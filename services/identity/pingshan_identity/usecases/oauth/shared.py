"""Checks whether a grant is alive, and ends grants, for several use cases, in the caller's transaction."""

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
from pingshan_identity.domain.oauth.access_token import is_a_persons
from pingshan_identity.domain.oauth.grant import Grant, GrantEndReason
from pingshan_identity.store.oauth import grants, revoked_tokens
from pingshan_identity.store.sessions import sessions


async def is_alive(tx: AsyncConnection, personal: PersonalData, claims: Mapping[str, Any]) -> bool:
    """Returns whether the token's grant and session are alive; for a machine's token, whether it was not revoked."""
    if not is_a_persons(claims):
        return not await revoked_tokens.has(tx, claims["jti"])
    grant = await grants.get(tx, UUID(claims["grant"]))
    session = await sessions.get(tx, personal, claims["sid"])
    return grant is not None and grant.is_alive(session, clock.now())


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
