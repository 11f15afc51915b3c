"""Let an owner's systems register themselves for a while (RFC 7591 section 3, initial access token)."""

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
from pingshan_identity.domain.clients.registration import MAX_LIFE, MAX_USES
from pingshan_identity.store.clients import registrations
from pingshan_identity.store.people import organisations


async def check_opening(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    """`details`: `owner`, code of the organisation that answers for what registers; `uses`; `seconds`.

    Raises:
        InvalidRequest: no such organisation, or more than `MAX_USES` or `MAX_LIFE`.

    """
    if not 1 <= details["uses"] <= MAX_USES:
        raise InvalidRequest([("uses", f"请填写 1 到 {MAX_USES}。", f"Between 1 and {MAX_USES}.")])
    if not timedelta(0) < timedelta(seconds=details["seconds"]) <= MAX_LIFE:
        raise InvalidRequest([("days", f"请填写 1 到 {MAX_LIFE.days} 天。", f"Between 1 and {MAX_LIFE.days} days.")])
    if await organisations.names(tx, details["owner"]) is None:
        raise InvalidRequest([("owner", "没有这个单位。", "There is no such organisation.")])


async def make_initial_access_token(
    tx: AsyncConnection, actor: Actor, details: Mapping[str, Any], *, made_by: str
) -> str:
    """The token, shown once. `made_by`: id of the person who asked for it. Raises as `check_opening` does."""
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
