"""Queries on alerts and on the reports behind them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_values.level import Level
from pingshan_values.position import Position
from pingshan_values.shanghai import SHANGHAI
from sqlalchemy import Integer, Row, exists, func, insert, literal_column, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert, AlertState, Draft, is_alert_id
from pingshan_alerts.store.tables import alert, delivery, report

_LEVEL_BEFORE = literal_column("old.level", Integer).label("level_before")
"""The level before the statement; NULL for a row that was inserted (PostgreSQL 18, RETURNING)."""


_LIVE = text("state <> 'resolved'")
"""Is `Alert.is_live` in SQL.

Repeats the predicate of the unique index: PostgreSQL's generic plans would not recognise a parameter in it.
"""


async def count_up(tx: AsyncConnection, draft: Draft, now: datetime) -> tuple[Alert, Level | None] | None:
    """Counts one more report of the live alert with the draft's fingerprint; a graver report raises its level.

    Returns the changed alert and its level before, or None where no live alert has the fingerprint.
    """
    same = alert.c.fingerprint == draft.fingerprint
    change = update(alert).where(same, _LIVE).values(_repeated(draft, now)).returning(alert, _LEVEL_BEFORE)
    row = (await tx.execute(change)).one_or_none()
    return _with_level_before(row) if row else None


async def add(tx: AsyncConnection, draft: Draft, now: datetime) -> tuple[Alert, Level | None]:
    """Inserts an alert and returns it with None.

    Where another transaction has inserted a live one with the same fingerprint meanwhile, counts one more report of
    that one and returns it with its level before.
    """
    row = upsert(alert).values(
        year=now.astimezone(SHANGHAI).year,
        kind=draft.kind,
        source=draft.source,
        title_zh=draft.title_zh,
        title_en=draft.title_en,
        level=draft.level.number,
        fingerprint=draft.fingerprint,
        owners=list(draft.owners),
        street=draft.street,
        lon=draft.position.lon if draft.position else None,
        lat=draft.position.lat if draft.position else None,
        labels=dict(draft.labels),
        raised_at=now,
        seen_at=now,
        updated_at=now,
    )
    row = row.on_conflict_do_update(index_elements=["fingerprint"], index_where=_LIVE, set_=_repeated(draft, now))
    return _with_level_before((await tx.execute(row.returning(alert, _LEVEL_BEFORE))).one())


async def add_report(
    tx: AsyncConnection, report_id: UUID, alert_id: str, source: str, sender: str, payload: Mapping[str, Any]
) -> None:
    """Inserts a report with the payload as its sender sent it."""
    row = insert(report).values(
        report_id=report_id, alert_id=alert_id, source=source, sender=sender, payload=dict(payload)
    )
    await tx.execute(row)


async def find(tx: AsyncConnection, alert_id: str, *, lock: bool = False) -> Alert | None:
    if not is_alert_id(alert_id):
        return None
    query = select(alert).where(alert.c.alert_id == alert_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return _alert(row) if row else None


async def change(tx: AsyncConnection, alert_id: str, now: datetime, **values: object) -> Alert:
    """Sets columns of one alert, raises its version by one and returns it; the caller holds its lock."""
    row = update(alert).where(alert.c.alert_id == alert_id)
    row = row.values(version=alert.c.version + 1, updated_at=now, **values)
    return _alert((await tx.execute(row.returning(alert))).one())


async def listed(
    tx: AsyncConnection,
    *,
    states: Sequence[AlertState],
    organisation: str = "",
    street: str = "",
    level: Level | None = None,
    before: int | None = None,
    count: int,
) -> list[tuple[int, Alert]]:
    """Returns up to `count` alerts in the given states with their numbers, the newest first.

    `before` keeps only smaller numbers, `organisation` only alerts of which that organisation was notified; an empty
    string and None filter nothing.
    """
    query = select(alert).where(alert.c.state.in_(states))
    if organisation:
        mine = (delivery.c.alert_id == alert.c.alert_id) & (delivery.c.organisation == organisation)
        query = query.where(exists().where(mine))
    if street:
        query = query.where(alert.c.street == street)
    if level:
        query = query.where(alert.c.level == level.number)
    if before is not None:
        query = query.where(alert.c.number < before)
    rows = await tx.execute(query.order_by(alert.c.number.desc()).limit(count))
    return [(row.number, _alert(row)) for row in rows]


async def live(tx: AsyncConnection, count: int) -> list[Alert]:
    """Returns up to `count` alerts that are not resolved, the gravest first, then the newest."""
    query = select(alert).where(_LIVE).order_by(alert.c.level, alert.c.number.desc())
    return [_alert(row) for row in await tx.execute(query.limit(count))]


async def changed_after(tx: AsyncConnection, after: tuple[datetime, str], count: int) -> list[Alert]:
    """Returns up to `count` alerts whose time of change and id come after these, in that order."""
    order = (alert.c.updated_at, alert.c.alert_id)
    query = select(alert).where(tuple_(*order) > tuple_(*after)).order_by(*order).limit(count)
    return [_alert(row) for row in await tx.execute(query)]


async def counts(tx: AsyncConnection) -> dict[Level, int]:
    """Returns the number of alerts that are not resolved for each level, 0 included."""
    query = select(alert.c.level, func.count()).where(_LIVE).group_by(alert.c.level)
    found = {Level.of_number(level): count for level, count in await tx.execute(query)}
    return {level: found.get(level, 0) for level in Level}


def _repeated(draft: Draft, now: datetime) -> dict[str, Any]:
    return {
        "report_count": alert.c.report_count + 1,
        "version": alert.c.version + 1,
        "level": func.least(alert.c.level, draft.level.number),
        "seen_at": now,
        "updated_at": now,
    }


def _with_level_before(row: Row[Any]) -> tuple[Alert, Level | None]:
    return _alert(row), Level.of_number(row.level_before) if row.level_before else None


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        alert_id=row.alert_id,
        version=row.version,
        kind=row.kind,
        source=row.source,
        title_zh=row.title_zh,
        title_en=row.title_en,
        level=Level.of_number(row.level),
        state=AlertState(row.state),
        owners=tuple(row.owners),
        street=row.street,
        position=Position(row.lon, row.lat) if row.lon is not None else None,
        labels=row.labels,
        report_count=row.report_count,
        raised_at=row.raised_at,
        seen_at=row.seen_at,
        updated_at=row.updated_at,
        acknowledged_at=row.acknowledged_at,
        resolved_at=row.resolved_at,
    )
