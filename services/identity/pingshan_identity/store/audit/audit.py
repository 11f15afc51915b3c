"""Queries on the whole record, for auditors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingshan_kit.storage.among import among
from pingshan_kit.storage.batches import in_batches
from sqlalchemy import RowMapping, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.tables import metadata, person

_record, _seal = metadata.tables["record"], metadata.tables["record_seal"]


@dataclass(frozen=True, slots=True)
class AuditRow:
    record_id: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: Mapping[str, Any]
    trace_id: str


@dataclass(frozen=True, slots=True)
class ChainState:
    sealed: int
    newest_seal: str
    """Hash of the newest seal in hexadecimal; empty where nothing is sealed yet."""
    sealed_at: datetime | None
    """When it was made; None where nothing is sealed yet."""
    verified_at: datetime | None
    verified: Mapping[str, Any] | None
    """Result of the last verification of the whole chain; None where there was none."""


async def find(tx: AsyncConnection, search: AuditSearch, *, before: int | None, limit: int) -> list[AuditRow]:
    return [_row(row) for row in (await tx.execute(_found(search, before, limit))).mappings()]


async def every(tx: AsyncConnection, search: AuditSearch, *, limit: int) -> list[AuditRow]:
    """Returns records, the latest first, read in parts: they may be thousands."""
    return [_row(row) async for part in in_batches(tx, _found(search, None, limit)) for row in part]


def _found(search: AuditSearch, before: int | None, limit: int) -> Select[Any]:
    query = select(_record)
    if search.person:
        known = select("person:" + func.cast(person.c.person_id, _record.c.actor.type)).where(
            person.c.login_name == search.person
        )
        names = [f"person:{search.person}", search.person]
        concerned = or_(
            _record.c.actor.in_(names),
            _record.c.subject.in_(names),
            _record.c.actor.in_(known),
            _record.c.subject.in_(known),
        )
        query = query.where(concerned)
    if search.act:
        query = query.where(_record.c.act == search.act)
    if search.refused_only:
        query = query.where(_record.c.act.endswith(".refused") | _record.c.act.endswith(".throttled"))
    if search.system:
        query = query.where(
            or_(_record.c.details["client_id"].astext == search.system, _record.c.subject == f"client:{search.system}")
        )
    if search.trace:
        query = query.where(_record.c.trace_id.startswith(search.trace, autoescape=True))
    if search.since is not None:
        query = query.where(_record.c.recorded_at >= search.since)
    if search.until is not None:
        query = query.where(_record.c.recorded_at < search.until)
    if before is not None:
        query = query.where(_record.c.id < before)
    return query.order_by(_record.c.id.desc()).limit(limit)


def _row(row: RowMapping) -> AuditRow:
    return AuditRow(
        row["id"], row["recorded_at"], row["actor"], row["act"], row["subject"], row["details"], row["trace_id"]
    )


async def login_names(tx: AsyncConnection, rows: Iterable[AuditRow]) -> dict[str, str]:
    """Returns the login names of staff who act or are concerned in the rows, by `person:<id>`."""
    known = {name for row in rows for name in (row.actor, row.subject) if name.startswith("person:")}
    found = await tx.execute(
        select(person.c.person_id, person.c.login_name).where(
            among(func.concat("person:", person.c.person_id), known), person.c.login_name.is_not(None)
        )
    )
    return {f"person:{row.person_id}": row.login_name for row in found}


async def acts(tx: AsyncConnection) -> list[str]:
    """Returns every act that was ever recorded, in alphabetical order."""
    return list((await tx.execute(select(_record.c.act).distinct().order_by(_record.c.act))).scalars())


async def chain_state(tx: AsyncConnection) -> ChainState:
    newest = select(_seal.c.position, _seal.c.hash, _seal.c.sealed_at).order_by(_seal.c.position.desc()).limit(1)
    last = (await tx.execute(newest)).one_or_none()
    checked = select(_record.c.recorded_at, _record.c.details).where(_record.c.act == Act.RECORDS_VERIFIED.value)
    verified = (await tx.execute(checked.order_by(_record.c.id.desc()).limit(1))).one_or_none()
    return ChainState(
        sealed=last.position if last else 0,
        newest_seal=last.hash.hex() if last else "",
        sealed_at=last.sealed_at if last else None,
        verified_at=verified.recorded_at if verified else None,
        verified=verified.details if verified else None,
    )
