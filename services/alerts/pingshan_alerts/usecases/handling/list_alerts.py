"""Lists alerts by page, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pingshan_kit import paging
from pingshan_values.actor import Actor
from pingshan_values.level import Level

from pingshan_alerts.domain.access import check_may_read
from pingshan_alerts.domain.alert import Acknowledgement, Alert, AlertState, Delivery
from pingshan_alerts.domain.routing import Awaited
from pingshan_alerts.store import alerts, deliveries
from pingshan_alerts.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Says which alerts to list: those of which `organisation` was notified; an empty field filters nothing."""

    states: Sequence[AlertState] = tuple(AlertState)
    organisation: str = ""
    street: str = ""
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Holds a page of alerts, and what belongs to each by alert id."""

    alerts: list[Alert]
    awaited: Mapping[str, list[Awaited]]
    acknowledgements: Mapping[str, list[Acknowledgement]]
    deliveries: Mapping[str, list[Delivery]]
    next_page_token: str
    """Empty on the last page."""


async def list_alerts(
    deps: Dependencies, actor: Actor, *, wanted: AlertFilter, page_size: int = 0, page_token: str = ""
) -> AlertPage:
    """Returns one page, the newest first. Raises NotAllowed, and InvalidRequest for a wrong page size or token."""
    check_may_read(actor)
    size, before = paging.checked_size(page_size), paging.checked_token(page_token, _number)
    async with deps.database.read() as tx:
        found = await alerts.listed(
            tx,
            states=wanted.states,
            organisation=wanted.organisation,
            street=wanted.street,
            level=wanted.level,
            before=before,
            count=size + 1,
        )
        page = paging.cut(found, size, lambda each: each[0])
        ids = [alert.alert_id for _, alert in page.items]
        return AlertPage(
            alerts=[alert for _, alert in page.items],
            awaited=await deliveries.audiences(tx, ids),
            acknowledgements=await deliveries.acknowledgements(tx, ids),
            deliveries=await deliveries.of_alerts(tx, ids),
            next_page_token=page.next_page_token,
        )


def _number(page_token: str) -> int:
    if not (page_token.isascii() and page_token.isdigit() and len(page_token) <= 18):
        raise ValueError(page_token)
    return int(page_token)
