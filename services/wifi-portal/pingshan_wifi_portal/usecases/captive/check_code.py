"""Checks the code that a person typed, and exchanges the right one for a one-time login token."""

import hmac
import secrets
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from pingshan_kit import audit_log, telemetry
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import sign_in
from pingshan_wifi_portal.domain.errors import CodeExpired, CodeWrong
from pingshan_wifi_portal.domain.login import TOKEN_LIFE
from pingshan_wifi_portal.domain.visit import RedirectParameters, Visit
from pingshan_wifi_portal.store import login_tokens, sign_ins
from pingshan_wifi_portal.store.sign_ins import Pending
from pingshan_wifi_portal.usecases.captive.shared import find_visit, status_hash
from pingshan_wifi_portal.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CheckCode:
    parameters: RedirectParameters
    code: str = field(repr=False)
    """Code as typed; spaces are ignored."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Holds what the person's browser takes to the controller."""

    visit: Visit
    username: str
    token: str
    """One-time token, valid for a minute, for this device at this controller."""
    status_token: str
    """Token that opens the person's status page."""


async def check_code(deps: Dependencies, actor: Actor, command: CheckCode) -> HandOver:
    """Exchanges the right code for a login token; a wrong one is counted before it is refused.

    Raises VisitUnknown, TooManyTries, CodeWrong, and CodeExpired also where no code is pending.
    """
    personal = deps.personal
    wrong: CodeWrong | None = None
    async with deps.database.begin() as tx:
        visit = await find_visit(tx, personal, command.parameters)
        pending = await sign_ins.pending(tx, personal, visit, lock=True)
        if pending is None:
            raise CodeExpired
        telemetry.mark(correlation_id=pending.sign_in.sign_in_id, hotspot_id=visit.hotspot_id)
        try:
            sign_in.check_code(pending.sign_in, matches=_matches(personal, pending, command.code), now=now())
        except CodeWrong as error:
            await sign_ins.count_try(tx, pending.sign_in.sign_in_id)
            wrong = error
        else:
            return await _hand_over(tx, actor, personal, visit, pending)
    raise wrong


def _matches(personal: PersonalData, pending: Pending, code: str) -> bool:
    digits = sign_in.typed_code(code)
    if digits is None:
        return False
    return hmac.compare_digest(sign_ins.code_hash(personal, pending.sign_in.sign_in_id, digits), pending.code)


async def _hand_over(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, visit: Visit, pending: Pending
) -> HandOver:
    sign_in_id = pending.sign_in.sign_in_id
    username, status_token = uuid4().hex, secrets.token_urlsafe(24)
    visitor_id: UUID = await sign_ins.put_visitor(tx, personal, uuid7(), pending.mobile, pending.language)
    await sign_ins.verify(tx, sign_in_id, status_hash(status_token))
    await login_tokens.add(
        tx,
        username=username,
        sign_in_id=sign_in_id,
        visitor_id=visitor_id,
        controller_id=visit.controller_id,
        device_mac=visit.device_mac,
        expires_at=now() + TOKEN_LIFE,
        traceparent=telemetry.traceparent(),
    )
    await audit_log.append(
        tx, actor=actor, act="visitor.signed-in", subject=str(visitor_id), details={"sign_in_id": str(sign_in_id)}
    )
    return HandOver(visit, username, login_tokens.token(personal, username), status_token)
