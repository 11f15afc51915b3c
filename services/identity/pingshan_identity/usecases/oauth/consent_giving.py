"""How a consent is remembered, for every use case in which a person gives one."""

from collections.abc import Collection

from pingshan_kit import clock, records
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.oauth import consents


async def remember(
    tx: AsyncConnection, person: Actor, *, person_id: str, client_id: str, scopes: Collection[str]
) -> None:
    """Row and record in the caller's transaction."""
    await consents.give(tx, person_id, client_id, scopes, clock.now())
    details = {"client_id": client_id, "session_id": person.session_id, "scopes": sorted(scopes)}
    await records.append(tx, actor=person, act=Act.CONSENT_GIVEN, subject=person.id, details=details)
