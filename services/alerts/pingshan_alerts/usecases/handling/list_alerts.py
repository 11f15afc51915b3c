"""Alerts by page, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pingshan_kit.errors import Forbidden, InvalidRequest
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.level import Level

from pingshan_alerts.domain.access import may_read
from pingshan_alerts.domain.alert import Acknowledgement, Alert, AlertState, Awaited, Delivery
from pingshan_alerts.store import alerts, deliveries

MOST = 200


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What to list; an empty field is no filter. `organisation`: only what it was told."""

    states: Sequence[AlertState] = tuple(AlertState)
    organisation: str = ""
    street: str = ""
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts with what stands beside them in a list."""

    alerts: list[Alert]
    awaited: Mapping[str, list[Awaited]]
    acknowledgements: Mapping[str, list[Acknowledgement]]
    deliveries: Mapping[str, list[Delivery]]
    next_page_token: str
    """Empty on the last page."""


async def list_alerts(
    actor: Actor, database: Database, *, wanted: AlertFilter, page_size: int, page_token: str
) -> AlertPage:
    """Raises Forbidden, InvalidRequest. `page_size`: 1 to 200."""
    if not may_read(actor):
        raise Forbidden
    before = _number(page_token)
    async with database.read() as tx:
        found = await alerts.listed(
            tx,
            states=wanted.states,
            organisation=wanted.organisation,
            street=wanted.street,
            level=wanted.level,
            before=before,
            count=min(max(page_size, 1), MOST) + 1,
        )
        page = found[: min(max(page_size, 1), MOST)]
        ids = [alert.alert_id for _, alert in page]
        return AlertPage(
            alerts=[alert for _, alert in page],
            awaited=await deliveries.audiences(tx, ids),
            acknowledgements=await deliveries.acknowledgements(tx, ids),
            deliveries=await deliveries.of_alerts(tx, ids),
            next_page_token=str(page[-1][0]) if len(found) > len(page) else "",
        )


def _number(page_token: str) -> int | None:
    if not page_token:
        return None
    if not (page_token.isascii() and page_token.isdigit() and len(page_token) <= 18):
        raise InvalidRequest([("page_token", "分页标记不正确", "the page token is not one of ours")])
    return int(page_token)
