"""Sends a one-time code to a mobile number, for a device before the portal."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from grpc import StatusCode
from pingshan_kit import telemetry
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.ids import uuid7
from pingshan_kit.rpc import RemoteError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.clients.notifications import Notifications, Progress
from pingshan_wifi_portal.domain.errors import CodeExpired
from pingshan_wifi_portal.domain.sign_in import LIFE, UNAVAILABLE, accepted_mobile, check_consent, new_code
from pingshan_wifi_portal.domain.visit import RedirectParameters, Visit
from pingshan_wifi_portal.store import sign_ins
from pingshan_wifi_portal.usecases.captive.limits import Asked, check_limits, noting_refusals
from pingshan_wifi_portal.usecases.captive.shared import find_visit
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_LOOKS = (0.1, 0.3, 0.6)
"""Seconds between looks at the carrier's answer, which mostly comes at once."""


@dataclass(frozen=True, slots=True)
class RequestCode:
    parameters: RedirectParameters
    mobile: str | None = field(repr=False)
    """Number as typed; None for that of the pending sign-in."""
    consent: bool
    network: str
    """Network of the caller: /24 (IPv4) or /64 (IPv6)."""
    language: str


@dataclass(frozen=True, slots=True)
class _Sending:
    sign_in_id: UUID
    mobile: str
    code: str


async def request_code(deps: Dependencies, command: RequestCode) -> None:
    """Sends a code, which replaces the pending one; the answer is the same for every number.

    The sign-in keeps what the carrier said. Raises VisitUnknown, ConsentRequired, MobileNumberInvalid, TooManyCodes,
    and CodeExpired where no number is given and none is pending.
    """
    check_consent(consents=command.consent)
    async with noting_refusals(deps), deps.database.begin() as tx:
        visit = await find_visit(tx, deps.personal, command.parameters)
        mobile = await _mobile(tx, deps.personal, command, visit)
        await check_limits(tx, deps, Asked(visit, mobile, command.network))
        sending = await _store(tx, deps.personal, command, visit, mobile)
    telemetry.mark(correlation_id=sending.sign_in_id, hotspot_id=visit.hotspot_id)
    notification_id, failure = await _send(deps.notifications, sending, command.language)
    async with deps.database.begin() as tx:
        await sign_ins.note_sent(tx, sending.sign_in_id, notification_id=notification_id, failure=failure)


async def _mobile(tx: AsyncConnection, personal: PersonalData, command: RequestCode, visit: Visit) -> str:
    if command.mobile is None:
        known = await sign_ins.pending(tx, personal, visit)
        if known is None:
            raise CodeExpired
        return known.mobile
    return accepted_mobile(command.mobile)


async def _store(
    tx: AsyncConnection, personal: PersonalData, command: RequestCode, visit: Visit, mobile: str
) -> _Sending:
    sending = _Sending(uuid7(), mobile, new_code())
    await sign_ins.replace_pending(tx, visit)
    await sign_ins.add(
        tx,
        personal,
        sign_in_id=sending.sign_in_id,
        mobile=mobile,
        controller_id=visit.controller_id,
        hotspot_id=visit.hotspot_id,
        device_mac=visit.device_mac,
        browser=visit.browser,
        network=command.network,
        language=command.language,
        code=sign_ins.code_hash(personal, sending.sign_in_id, sending.code),
        sent_at=now(),
        expires_at=now() + LIFE,
        consented_at=now(),
    )
    return sending


async def _send(notifications: Notifications, sending: _Sending, language: str) -> tuple[str, str]:
    """Returns the notification's id, and why it failed: the carrier's code, `unavailable`, or empty."""
    try:
        notification_id = await notifications.send(
            request_id=sending.sign_in_id,
            template_id="wifi-code",
            variables={"code": sending.code, "minutes": str(int(LIFE.total_seconds() // 60))},
            mobile=sending.mobile,
            language=language,
        )
    except Unavailable:
        return "", UNAVAILABLE
    except RemoteError as error:
        out_of_budget = error.status is StatusCode.RESOURCE_EXHAUSTED  # for a while, like alerts being away
        return "", UNAVAILABLE if out_of_budget else error.reason or UNAVAILABLE
    return notification_id, await _early_failure(notifications, notification_id)


async def _early_failure(notifications: Notifications, notification_id: str) -> str:
    for pause in _LOOKS:
        await asyncio.sleep(pause)
        try:
            notification = await notifications.get(notification_id)
        except (Unavailable, RemoteError):
            return ""
        if notification.progress is not Progress.ON_ITS_WAY:
            return notification.failure
    return ""
