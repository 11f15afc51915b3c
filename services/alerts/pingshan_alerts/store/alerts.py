"""Queries on alerts and on the reports behind them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pingshan_kit.idempotency import REMEMBERED, Call
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import to_json
from pingshan_values.level import Level
from pingshan_values.position import Position
from pingshan_values.shanghai import SHANGHAI
from sqlalchemy import Row, exists, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.alert import Alert, AlertState, Draft, is_alert_id
from pingshan_alerts.store.tables import alert, delivery

COUNT_AGAIN = f"""
WITH k AS (
    SELECT * FROM unnest(
        $1::text[], $2::uuid[], $3::bytea[], $4::text[], $5::smallint[], $6::uuid[], $7::text[], $8::text[],
        $9::timestamptz[]
    ) WITH ORDINALITY AS k (
        caller, request_id, request_hash, fingerprint, level, report_id, source, payload, now, n
    )
), live AS (
    SELECT alert_id, fingerprint, level FROM alert
    WHERE fingerprint IN (SELECT fingerprint FROM k) AND state <> 'resolved'
    ORDER BY fingerprint FOR NO KEY UPDATE
), answered AS (
    SELECT k.*, live.alert_id, jsonb_build_object('alert_id', live.alert_id) AS response
    FROM k JOIN live ON live.fingerprint = k.fingerprint AND live.level <= k.level
), {REMEMBERED}, again AS (
    SELECT answered.* FROM answered JOIN remembered USING (caller, request_id)
), counted AS (
    UPDATE alert SET report_count = alert.report_count + same.reports, version = alert.version + same.reports,
        seen_at = same.now, updated_at = same.now
    FROM (SELECT alert_id, count(*) AS reports, max(now) AS now FROM again GROUP BY alert_id) AS same
    WHERE alert.alert_id = same.alert_id
), reported AS (
    INSERT INTO report (report_id, alert_id, source, sender, payload)
    SELECT report_id, alert_id, source, caller, payload::jsonb FROM again ORDER BY n
)
SELECT n, alert_id FROM again
"""  # noqa: S608 - no value stands in it
"""Counts each report with the live alert of its fingerprint, and returns the alert's id.

Returns nothing, and changes nothing, for a report of which there is no such alert, which is graver, or whose call is
known: that takes more than this statement. Columns: `again_row`."""
_COUNT_OR_ADD = """
WITH k AS (
    SELECT * FROM unnest(
        $1::text[], $2::int[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::float8[], $12::float8[], $13::text[], $14::timestamptz[]
    ) AS k (
        fingerprint, reports, level, year, kind, source, title_zh, title_en, owners, street, lon, lat, labels, now
    )
), counted AS (
    UPDATE alert SET report_count = alert.report_count + k.reports, version = alert.version + k.reports,
        level = least(alert.level, k.level), seen_at = k.now, updated_at = k.now
    FROM k WHERE alert.fingerprint = k.fingerprint AND alert.state <> 'resolved'
    RETURNING alert.*, old.level AS level_before
), added AS (
    INSERT INTO alert (
        year, kind, source, title_zh, title_en, level, fingerprint, owners, street, lon, lat, labels,
        report_count, version, raised_at, seen_at, updated_at
    )
    SELECT year, kind, source, title_zh, title_en, level, fingerprint,
        ARRAY(SELECT jsonb_array_elements_text(owners::jsonb)), street, lon, lat, labels::jsonb,
        reports, reports, now, now, now
    FROM k WHERE NOT EXISTS (SELECT FROM counted WHERE counted.fingerprint = k.fingerprint)
    ORDER BY fingerprint
    ON CONFLICT (fingerprint) WHERE state <> 'resolved' DO UPDATE
    SET report_count = alert.report_count + excluded.report_count, version = alert.version + excluded.report_count,
        level = least(alert.level, excluded.level), seen_at = excluded.seen_at, updated_at = excluded.updated_at
    RETURNING alert.*, old.level AS level_before
)
SELECT * FROM counted UNION ALL SELECT * FROM added
"""
"""Counts first, as an INSERT that conflicts uses up a number of an alert's id; conflicts all the same where another
transaction has added the alert meanwhile. `old.level` is NULL for a row that was added."""
_ADD_REPORTS = """
INSERT INTO report (report_id, alert_id, source, sender, payload)
SELECT report_id, alert_id, source, sender, payload::jsonb
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS k (report_id, alert_id, source, sender, payload, n)
ORDER BY n
"""

_LIVE = text("state <> 'resolved'")
"""Is `Alert.is_live` in SQL.

Repeats the predicate of the unique index: PostgreSQL's generic plans would not recognise a parameter in it.
"""


class NewReport(NamedTuple):
    report_id: UUID
    alert_id: str
    source: str
    sender: str
    payload: Mapping[str, Any]
    """As its sender sent it."""


def again_row(call: Call, draft: Draft, fingerprint: str, now: datetime) -> tuple[Any, ...]:
    """Returns a report as `COUNT_AGAIN` takes it; the caller is its sender, the request what was sent."""
    payload = to_json(dict(call.request))
    return (*call.row, fingerprint, draft.level.number, uuid7(), draft.source, payload, now)


async def count_or_add(
    tx: AsyncConnection, reported: Sequence[tuple[Draft, int]], now: datetime
) -> list[tuple[Alert, Level | None]]:
    """Counts so many reports of each draft with the live alert of its fingerprint, which it adds where there is none.

    No two drafts may have the same fingerprint. A graver draft raises the level. Returns for each draft its alert as it
    is then, with the level before; None for a new one.
    """
    by_fingerprint = {draft.fingerprint: (draft, reports) for draft, reports in reported}
    columns = zip(*(_row(*each, now) for each in by_fingerprint.items()), strict=True)
    rows = {row.fingerprint: row for row in await tx.exec_driver_sql(_COUNT_OR_ADD, tuple(map(list, columns)))}
    return [_with_level_before(rows[fingerprint]) for fingerprint in by_fingerprint]


async def add_reports(tx: AsyncConnection, reports: Iterable[NewReport]) -> None:
    """Inserts the reports, in their order."""
    rows = [(*each[:-1], to_json(dict(each.payload))) for each in reports]
    if rows:
        await tx.exec_driver_sql(_ADD_REPORTS, tuple(map(list, zip(*rows, strict=True))))


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


def _row(fingerprint: str, reported: tuple[Draft, int], now: datetime) -> tuple[Any, ...]:
    draft, reports = reported
    return (
        fingerprint,
        reports,
        draft.level.number,
        now.astimezone(SHANGHAI).year,
        draft.kind,
        draft.source,
        draft.title_zh,
        draft.title_en,
        to_json(draft.owners),
        draft.street,
        draft.position.lon if draft.position else None,
        draft.position.lat if draft.position else None,
        to_json(dict(draft.labels)),
        now,
    )


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
