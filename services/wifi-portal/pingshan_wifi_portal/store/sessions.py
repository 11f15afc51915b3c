"""Queries on sessions, the rows that accounting changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.clock import now
from pingshan_kit.storage.among import among
from sqlalchemy import Row, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.quota import Policy
from pingshan_wifi_portal.domain.session import AccountingRequest, Session
from pingshan_wifi_portal.store.tables import access_point, plan, visitor, wifi_session

_CHANGED = {
    "version": "integer",
    "acct_session_id": "text",
    "framed_ip": "text",
    "started_at": "timestamptz",
    "last_report_at": "timestamptz",
    "ended_at": "timestamptz",
    "end_cause": "text",
    "input_octets": "bigint",
    "output_octets": "bigint",
    "counter_input": "bigint",
    "counter_output": "bigint",
    "session_seconds": "bigint",
    "implausible_report": "text",
}
_UPDATE = text(  # names and types are the constants above
    "UPDATE wifi_session AS s SET "  # noqa: S608
    + ", ".join(f"{name} = d.{name}" for name in _CHANGED)
    + " FROM unnest(CAST(:session_id AS uuid[]), "
    + ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _CHANGED.items())
    + ") AS d(session_id, "
    + ", ".join(_CHANGED)
    + ") WHERE s.session_id = d.session_id"
)
_UNKNOWN = {
    "session_id": "uuid",
    "controller_id": "text",
    "hotspot_id": "text",
    "device_mac": "text",
    "acct_session_id": "text",
    "authorised_at": "timestamptz",
}
_ADD_UNKNOWN = text(  # names and types are the constants above; in the order of the key, against deadlocks
    f"INSERT INTO wifi_session ({', '.join(_UNKNOWN)}) SELECT * FROM unnest("  # noqa: S608
    + ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _UNKNOWN.items())
    + ") ORDER BY 1 ON CONFLICT DO NOTHING"
)
_OWNERS = text(
    """
    SELECT coalesce(s.controller_id, a.controller_id)
    FROM unnest(CAST(:sessions AS uuid[]), CAST(:macs AS text[]), CAST(:controllers AS text[]))
        WITH ORDINALITY AS k (session_id, mac, controller_id, n)
    LEFT JOIN wifi_session AS s ON s.session_id = k.session_id
    LEFT JOIN access_point AS a ON a.mac = k.mac AND a.controller_id = k.controller_id
    ORDER BY k.n
    """
)
_COLUMNS = [wifi_session.c[name] for name in Session.__dataclass_fields__]


async def lock(tx: AsyncConnection, session_ids: Sequence[UUID]) -> dict[UUID, Session]:
    """Returns the sessions that exist, locked in the order of their ids, so that two batches never deadlock."""
    query = select(*_COLUMNS).where(wifi_session.c.session_id == text("ANY(CAST(:ids AS uuid[]))"))
    query = query.order_by(wifi_session.c.session_id).with_for_update()
    rows = await tx.execute(query, {"ids": list(session_ids)})
    return {row.session_id: _session(row) for row in rows}


async def owners(tx: AsyncConnection, requests: Sequence[AccountingRequest]) -> Sequence[str | None]:
    """Returns whose session each request is about: the session's controller, else that of its own access point."""
    values = {
        "sessions": [request.session_id for request in requests],
        "macs": [request.access_point_mac for request in requests],
        "controllers": [request.controller_id for request in requests],
    }
    return (await tx.execute(_OWNERS, values)).scalars().all()


async def save(tx: AsyncConnection, sessions: Sequence[Session]) -> None:
    """Stores the accounting of all the sessions by one statement."""
    values: dict[str, Any] = {name: [getattr(s, name) for s in sessions] for name in ("session_id", *_CHANGED)}
    await tx.execute(_UPDATE, values)


async def add_unknown(tx: AsyncConnection, requests: Sequence[AccountingRequest]) -> None:
    """Inserts sessions that a controller reports though nobody signed in; ignores those at a foreign access point."""
    places = await _hotspots(tx, {request.access_point_mac for request in requests})
    rows = {
        request.session_id: {
            "session_id": request.session_id,
            "controller_id": request.controller_id,
            "hotspot_id": hotspot_id,
            "device_mac": request.device_mac,
            "acct_session_id": request.acct_session_id,
            "authorised_at": request.occurred_at,
        }
        for request in requests
        if (hotspot_id := places.get((request.controller_id, request.access_point_mac)))
    }
    if rows:
        values = {name: [row[name] for row in rows.values()] for name in _UNKNOWN}
        await tx.execute(_ADD_UNKNOWN, values)


async def _hotspots(tx: AsyncConnection, macs: set[str]) -> dict[tuple[str, str], str]:
    query = select(access_point.c.controller_id, access_point.c.mac, access_point.c.hotspot_id)
    rows = await tx.execute(query.where(among(access_point.c.mac, macs)))
    return {(row.controller_id, row.mac): row.hotspot_id for row in rows}


async def slow_down(tx: AsyncConnection, visitor_id: UUID, rate_kbps: int) -> list[Row[Any]]:
    """Slows down each open session of the person that is not slowed, by a new policy.

    Returns rows with session_id, sign_in_id, hotspot_id, version and policy_version.
    """
    return await _new_policy(tx, visitor_id, rate_kbps, slowed=True)


async def restore(tx: AsyncConnection, visitor_id: UUID, rate_kbps: int) -> list[Row[Any]]:
    return await _new_policy(tx, visitor_id, rate_kbps, slowed=False)


async def _new_policy(tx: AsyncConnection, visitor_id: UUID, rate_kbps: int, *, slowed: bool) -> list[Row[Any]]:
    table = wifi_session.c
    mine = (table.visitor_id == visitor_id) & table.ended_at.is_(None) & (table.slowed.is_not(slowed))
    change = update(wifi_session).where(mine)
    change = change.values(
        rate_kbps=rate_kbps, slowed=slowed, policy_version=table.policy_version + 1, version=table.version + 1
    )
    found = change.returning(table.session_id, table.sign_in_id, table.hotspot_id, table.version, table.policy_version)
    return list(await tx.execute(found))


async def end_all(tx: AsyncConnection, controller_id: str, before: datetime, cause: str) -> list[Session]:
    """Ends the controller's open sessions that were authorised and last reported up to a moment, and returns them."""
    table = wifi_session.c
    mine = (table.controller_id == controller_id) & table.ended_at.is_(None) & (table.authorised_at <= before)
    mine &= table.last_report_at.is_(None) | (table.last_report_at <= before)
    return await end(tx, mine, before, cause)


async def end(tx: AsyncConnection, which: Any, moment: datetime, cause: str) -> list[Session]:
    change = update(wifi_session).where(which)
    change = change.values(ended_at=moment, end_cause=cause, version=wifi_session.c.version + 1)
    return [_session(row) for row in await tx.execute(change.returning(*_COLUMNS))]


async def add(tx: AsyncConnection, **values: Any) -> None:
    await tx.execute(wifi_session.insert().values(**values))


async def get(tx: AsyncConnection, session_id: UUID) -> Session | None:
    row = (await tx.execute(select(*_COLUMNS).where(wifi_session.c.session_id == session_id))).one_or_none()
    return _session(row) if row else None


async def applied_version(tx: AsyncConnection, session_id: UUID) -> int:
    query = select(wifi_session.c.applied_version).where(wifi_session.c.session_id == session_id)
    version: int = (await tx.execute(query)).scalar_one()
    return version


async def policy(tx: AsyncConnection, session_id: UUID) -> Policy | None:
    """Returns what the controller should enforce now, None where the session is unknown, over, or nobody's."""
    query = select(wifi_session, plan).join(visitor, visitor.c.visitor_id == wifi_session.c.visitor_id)
    query = query.join(plan, plan.c.plan_id == visitor.c.plan_id)
    query = query.where(wifi_session.c.session_id == session_id, wifi_session.c.ended_at.is_(None))
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    left = int((row.expires_at - now()).total_seconds())
    return Policy(row.policy_version, row.rate_kbps, max(1, left), row.idle_seconds, row.interim_seconds)


async def confirm(tx: AsyncConnection, session_id: UUID, policy_version: int) -> None:
    """Records that the controller enforces this policy version; an older one than recorded changes nothing."""
    mine = (wifi_session.c.session_id == session_id) & (wifi_session.c.applied_version < policy_version)
    await tx.execute(update(wifi_session).where(mine).values(applied_version=policy_version))


def of_device(controller_id: str, device_mac: str) -> Any:
    """Returns a condition for `end`: the open sessions of a device at a controller."""
    table = wifi_session.c
    return (table.controller_id == controller_id) & (table.device_mac == device_mac) & table.ended_at.is_(None)


def is_open(session_id: UUID) -> Any:
    """Returns a condition for `end`: this session, if it is still open."""
    return (wifi_session.c.session_id == session_id) & wifi_session.c.ended_at.is_(None)


def silent_since(moment: datetime) -> Any:
    """Returns a condition for `end`: open sessions last reported, or authorised if never reported, before `moment`."""
    table = wifi_session.c
    last = table.last_report_at.is_not(None) & (table.last_report_at < moment)
    never = table.last_report_at.is_(None) & (table.authorised_at < moment)
    return table.ended_at.is_(None) & (last | never)


def _session(row: Row[Any]) -> Session:
    return Session(**{name: getattr(row, name) for name in Session.__dataclass_fields__})
