"""Applies what was heard first."""

from collections.abc import Sequence

from pingshan_kit.intake import Heard, IntakeHandler
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.entrypoints import radius_attributes
from pingshan_wifi_portal.usecases.intake_kinds import ACCOUNTING
from pingshan_wifi_portal.usecases.radius.record_accounting import record_accounting
from pingshan_wifi_portal.usecases.radius.shared import HeardAccounting


def handlers() -> Sequence[IntakeHandler]:
    return [IntakeHandler(ACCOUNTING, _record_accounting)]


async def _record_accounting(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
    await record_accounting(tx, [_accounting(each) for each in heard])


def _accounting(heard: Heard) -> HeardAccounting:
    request = radius_attributes.of_word(heard.payload, heard.heard_at)
    return HeardAccounting(request, heard.heard_at, heard.traceparent)
