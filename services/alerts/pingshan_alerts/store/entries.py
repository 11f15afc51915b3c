"""Queries on what happened to an alert."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from pingshan_kit.storage.database import to_json
from pingshan_values.actor import Actor
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Entry
from pingshan_alerts.store.tables import entry

SYSTEM = "service:alerts"
_ADD = """
INSERT INTO entry (alert_id, act, actor, organisation, details)
SELECT alert_id, act, actor, organisation, details::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS k (alert_id, act, actor, organisation, details, n)
ORDER BY n
"""


class NewEntry(NamedTuple):
    alert_id: str
    act: str
    details: dict[str, Any]
    """Ids and codes, never personal data."""
    actor: Actor | None = None
    """None for the service itself."""
    organisation: str = ""


async def add(
    tx: AsyncConnection, alert_id: str, act: str, *, actor: Actor | None = None, organisation: str = "", **details: Any
) -> None:
    """Inserts an entry; without `actor` it is the service's own. `details` hold ids and codes, never personal data."""
    await add_all(tx, [NewEntry(alert_id, act, details, actor, organisation)])


async def add_all(tx: AsyncConnection, entries: Iterable[NewEntry]) -> None:
    """Inserts the entries in their order; none is allowed."""
    rows = [_row(each) for each in entries]
    if rows:
        await tx.exec_driver_sql(_ADD, tuple(map(list, zip(*rows, strict=True))))


async def of_alert(tx: AsyncConnection, alert_id: str, count: int) -> list[Entry]:
    """Returns the first `count` entries of the alert, the oldest first."""
    query = select(entry).where(entry.c.alert_id == alert_id).order_by(entry.c.at, entry.c.entry_id).limit(count)
    return [Entry(row.at, row.act, row.actor, row.organisation, row.details) for row in await tx.execute(query)]


def _row(new: NewEntry) -> tuple[str, ...]:
    by = new.actor.id if new.actor else SYSTEM
    return new.alert_id, new.act, by, new.organisation, to_json(new.details)
