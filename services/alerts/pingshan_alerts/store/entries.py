"""Queries on what happened to an alert."""

from collections.abc import Iterable
from typing import Any

from pingshan_values.actor import Actor
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Entry
from pingshan_alerts.store.tables import entry

SYSTEM = "service:alerts"


async def add(
    tx: AsyncConnection, alert_id: str, act: str, *, actor: Actor | None = None, organisation: str = "", **details: Any
) -> None:
    """Inserts an entry; without `actor` it is the service's own. `details` hold ids and codes, never personal data."""
    await tx.execute(insert(entry).values(_row(alert_id, act, actor, organisation, details)))


async def add_all(tx: AsyncConnection, entries: Iterable[tuple[str, str, str, dict[str, Any]]]) -> None:
    """Inserts the service's own entries, each given as alert id, act, organisation and details; none is allowed."""
    rows = [_row(alert_id, act, None, organisation, details) for alert_id, act, organisation, details in entries]
    if rows:
        await tx.execute(insert(entry).values(rows))


async def of_alert(tx: AsyncConnection, alert_id: str, count: int) -> list[Entry]:
    """Returns the first `count` entries of the alert, the oldest first."""
    query = select(entry).where(entry.c.alert_id == alert_id).order_by(entry.c.at, entry.c.entry_id).limit(count)
    return [Entry(row.at, row.act, row.actor, row.organisation, row.details) for row in await tx.execute(query)]


def _row(alert_id: str, act: str, actor: Actor | None, organisation: str, details: dict[str, Any]) -> dict[str, Any]:
    by = actor.id if actor else SYSTEM
    return {"alert_id": alert_id, "act": act, "actor": by, "organisation": organisation, "details": details}
