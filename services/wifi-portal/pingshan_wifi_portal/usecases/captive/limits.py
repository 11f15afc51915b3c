"""How often a code may be sent, and who is slowed down, in the caller's transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_values.budget import Budget
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.errors import TooManyCodes
from pingshan_wifi_portal.domain.sign_in import (
    DEVICE_LIMITS,
    NUMBER_LIMITS,
    PLACE_WINDOW,
    RANGE_BUDGET,
    WHOLE_BUDGET,
    Counted,
    check_cool_down,
    check_limit,
    check_place,
    range_of,
    seconds_until,
)
from pingshan_wifi_portal.domain.visit import Visit
from pingshan_wifi_portal.store import code_limits, sign_ins
from pingshan_wifi_portal.store.code_limits import Count
from pingshan_wifi_portal.usecases.dependencies import Dependencies

_DAY = timedelta(days=1)


class _Refused(Exception):
    """Carries which count refused the code out of the transaction, which is rolled back."""

    def __init__(self, count: Count, refusal: TooManyCodes) -> None:
        super().__init__()
        self.count = count
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """States who asks for a code, from where, and for which number."""

    visit: Visit
    mobile: str
    network: str


@asynccontextmanager
async def noting_refusals(deps: Dependencies) -> AsyncIterator[None]:
    """Keeps for operators which limit refused a code. Raises TooManyCodes."""
    try:
        yield
    except _Refused as refused:
        moment = now()
        until = moment + timedelta(seconds=float(str(refused.refusal.params["seconds"])))
        async with deps.database.begin() as tx:
            await code_limits.note_refused(tx, deps.personal, refused.count, until, moment)
        raise refused.refusal from None


async def check_limits(tx: AsyncConnection, deps: Dependencies, asked: Asked) -> None:
    """Refuses a code beyond any limit, and spends one of each budget.

    A device that its controller vouches for is not counted by network, since thousands stand behind one address. One
    that nobody vouches for counts against its browser, and neither against the device whose address it names nor
    against those of the hotspot that are vouched for.
    Raises TooManyCodes for the cool-down of a minute, and inside `noting_refusals` for every other limit.
    """
    personal, visit, moment = deps.personal, asked.visit, now()
    index = sign_ins.mobile_index(personal, asked.mobile)
    await sign_ins.serialise(tx, [index.hex(), visit.device_mac, asked.network, visit.hotspot_id])
    number = code_limits.count_of(personal, Counted.NUMBER, asked.mobile)
    device = code_limits.count_of(personal, Counted.DEVICE, f"{visit.device_mac} {visit.browser.hex()[:8]}".strip())
    lifted = await code_limits.lifted(tx, [number.key, device.key])
    to_mobile = await sign_ins.sent_to_mobile(tx, index, max(moment - _DAY, lifted.get(number.key, moment - _DAY)))
    to_device = await sign_ins.sent_to_device(tx, visit, max(moment - _DAY, lifted.get(device.key, moment - _DAY)))
    known = await sign_ins.pending(tx, personal, visit)
    if known is None or not known.sign_in.failure:
        check_cool_down(to_mobile, moment)
        check_cool_down(to_device, moment)
    try:
        check_limit(NUMBER_LIMITS, to_mobile, moment)
    except TooManyCodes as refusal:
        raise _Refused(number, refusal) from None
    try:
        check_limit(DEVICE_LIMITS, to_device, moment)
    except TooManyCodes as refusal:
        raise _Refused(device, refusal) from None
    await _check_places(tx, deps, asked, moment)
    await _spend(tx, personal, Counted.RANGE, range_of(asked.mobile), RANGE_BUDGET, moment)
    await _spend(tx, personal, Counted.ALL, "", WHOLE_BUDGET, moment)


async def _check_places(tx: AsyncConnection, deps: Dependencies, asked: Asked, moment: datetime) -> None:
    personal, visit, window = deps.personal, asked.visit, moment - PLACE_WINDOW
    network = code_limits.count_of(personal, Counted.NETWORK, asked.network)
    counted = Counted.HOTSPOT if visit.is_vouched_for else Counted.UNPROVEN_AT_HOTSPOT
    hotspot = code_limits.count_of(personal, counted, visit.hotspot_id)
    lifted = await code_limits.lifted(tx, [network.key, hotspot.key])
    if not visit.is_vouched_for:
        since = max(window, lifted.get(network.key, window))
        _check_place(network, await sign_ins.count_of_network(tx, asked.network, since), deps.settings.network_codes)
    since = max(window, lifted.get(hotspot.key, window))
    _check_place(hotspot, await sign_ins.count_of_hotspot(tx, visit, since), deps.settings.hotspot_codes)


def _check_place(count: Count, sent: int, most: int) -> None:
    try:
        check_place(sent, most)
    except TooManyCodes as refusal:
        raise _Refused(count, refusal) from None


async def _spend(
    tx: AsyncConnection, personal: PersonalData, counted: Counted, subject: str, budget: Budget, moment: datetime
) -> None:
    count = code_limits.count_of(personal, counted, subject)
    blocked_until = await code_limits.spend(tx, personal, count, budget, moment)
    if blocked_until is not None:
        raise TooManyCodes(seconds=seconds_until(blocked_until, moment))
