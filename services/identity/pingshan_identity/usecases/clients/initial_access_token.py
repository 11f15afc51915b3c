"""How an owner's systems are let register themselves for a while (RFC 7591 section 3), in the caller's transaction."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_kit.errors import InvalidRequest
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.registration import opening_violations
from pingshan_identity.store.clients import registrations
from pingshan_identity.store.people import organisations


async def check_opening(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    """Refuse what must not be opened. `details`: `owner`, code of the organisation that answers for what
    registers; `uses`; `seconds`.

    Raises:
        InvalidRequest: no such organisation, or more than `MAX_USES` or `MAX_LIFE`.

    """
    if violations := opening_violations(uses=details["uses"], life=timedelta(seconds=details["seconds"])):
        raise InvalidRequest(violations)
    if await organisations.names(tx, details["owner"]) is None:
        raise InvalidRequest([("owner", "没有这个单位。", "There is no such organisation.")])


async def make_initial_access_token(
    tx: AsyncConnection, actor: Actor, details: Mapping[str, Any], *, made_by: str
) -> str:
    """Returns the token, shown once. `made_by`: id of the person who asked for it. Raises as `check_opening` does."""
    await check_opening(tx, details)
    token, now = secrets.token_urlsafe(32), clock.now()
    await registrations.add_initial_token(
        tx,
        token_hash=sha256(token.encode()).digest(),
        owner=details["owner"],
        made_by=made_by,
        uses=details["uses"],
        now=now,
        expires_at=now + timedelta(seconds=details["seconds"]),
    )
    await audit_log.append(
        tx,
        actor=actor,
        act=Act.REGISTRATION_OPENED,
        subject=f"organisation:{details['owner']}",
        details={"uses": details["uses"], "seconds": details["seconds"]},
    )
    return token
