"""Queries on the record of sign-ins: the kit's record, by the person that an entry is about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Entry
from pingshan_identity.store.tables import metadata

_record = metadata.tables["record"]


async def of_person(tx: AsyncConnection, person_id: str, *, before: int, limit: int) -> list[tuple[int, Entry]]:
    """Returns entries about a person with their ids, the latest first, those with an id below `before`."""
    rows = await tx.execute(
        select(_record)
        .where(_record.c.subject == f"person:{person_id}", _record.c.id < before)
        .order_by(_record.c.id.desc())
        .limit(limit)
    )
    return [(row["id"], _entry(row)) for row in rows.mappings()]


def _entry(row: Mapping[Any, Any]) -> Entry:
    details = row["details"]
    return Entry(
        at=row["recorded_at"],
        act=row["act"],
        system=details.get("client_id"),
        device=details.get("device"),
        reason=details.get("reason"),
        session_id=details.get("session_id"),
    )
