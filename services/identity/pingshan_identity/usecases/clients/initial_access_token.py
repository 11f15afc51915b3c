"""Initial access tokens (RFC 7591 section 3), which let an owner's systems register themselves for a while."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import ClientProfile
from pingshan_identity.domain.clients.registration import opening_violations
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.store.clients import registrations
from pingshan_identity.store.organisations import organisations


async def check_opening(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    """Refuses an initial access token that must not be made.

    `details`: `owner`, the code of the organisation that answers for what registers; `uses`; `seconds` that the token
    lives; `profile` of what registers, strict where there is none.

    Raises:
        RequestInvalid: no such organisation or profile, or more than `MAX_USES` or `MAX_LIFE`; it names each of them.
    """
    wrong = opening_violations(uses=details["uses"], life=timedelta(seconds=details["seconds"]))
    if details.get("profile", ClientProfile.STRICT) not in set(ClientProfile):
        wrong.append(Violation("profile", "请选择一种安全要求。", "Choose one of the profiles."))
    if await organisations.names(tx, details["owner"]) is None:
        wrong.append(Violation("owner", "没有这个单位。", "There is no such organisation."))
    if wrong:
        raise RequestInvalid(wrong)


async def make_initial_access_token(
    tx: AsyncConnection, actor: Actor, details: Mapping[str, Any], *, made_by: str
) -> str:
    """Returns a new initial access token, shown once; raises as `check_opening` does. `made_by`: id of who asked for
    it.
    """
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
        profile=ClientProfile(details.get("profile", ClientProfile.STRICT)),
    )
    await audit_log.append(
        tx,
        actor=actor,
        act=Act.REGISTRATION_OPENED,
        subject=f"organisation:{details['owner']}",
        details={name: details[name] for name in ("uses", "seconds", "profile") if name in details},
    )
    return token
