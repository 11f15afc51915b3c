"""Let an owner's systems register themselves for a while (RFC 7591 section 3, initial access token)."""

import secrets
from datetime import timedelta
from hashlib import sha256

from pingshan_kit import clock, records
from pingshan_kit.database import Database
from pingshan_kit.errors import Forbidden, InvalidRequest
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.registration import MAX_LIFE, MAX_USES
from pingshan_identity.domain.sign_in_record import Act
from pingshan_identity.store import organisations, registrations

_ROLE = "system-administrator"


async def make_initial_access_token(actor: Actor, database: Database, *, owner: str, uses: int, life: timedelta) -> str:
    """The token, shown once. `owner`: code of the organisation that answers for what registers with it.

    Raises:
        Forbidden: the actor is no system administrator.
        InvalidRequest: no such organisation, or more than `MAX_USES` or `MAX_LIFE`.

    """
    if _ROLE not in actor.roles or actor.person_id is None:
        raise Forbidden
    if not 1 <= uses <= MAX_USES:
        raise InvalidRequest([("uses", f"请填写 1 到 {MAX_USES}。", f"Between 1 and {MAX_USES}.")])
    if not timedelta(0) < life <= MAX_LIFE:
        raise InvalidRequest([("days", f"请填写 1 到 {MAX_LIFE.days} 天。", f"Between 1 and {MAX_LIFE.days} days.")])
    token, now = secrets.token_urlsafe(32), clock.now()
    async with database.begin() as tx:
        await _require_organisation(tx, owner)
        await registrations.add_initial_token(
            tx,
            token_hash=sha256(token.encode()).digest(),
            owner=owner,
            made_by=actor.person_id,
            uses=uses,
            now=now,
            expires_at=now + life,
        )
        details = {"owner": owner, "uses": uses, "days": life.days}
        await records.append(
            tx, actor=actor, act=Act.REGISTRATION_OPENED, subject=f"organisation:{owner}", details=details
        )
    return token


async def _require_organisation(tx: AsyncConnection, owner: str) -> None:
    if await organisations.names(tx, owner) is None:
        raise InvalidRequest([("owner", "没有这个单位。", "There is no such organisation.")])
