"""Queries on what happened to a case: transitions, licences and notes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_values.text import Text
from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_workflow.domain.cases.case import IssuedLicense, Kind
from pingshan_workflow.domain.cases.view import Entry, LicenseRow
from pingshan_workflow.store.tables import case_license, case_note, transition


async def add_transition(
    tx: AsyncConnection,
    *,
    case_id: str,
    number: int,
    kind: Kind,
    node: str,
    at: datetime,
    actor: str,
    request_id: UUID | None,
    details: Mapping[str, Any],
) -> bool:
    """Inserts a transition. Returns False, changing nothing, where it was recorded before."""
    row = insert(transition).values(
        case_id=case_id,
        number=number,
        kind=kind,
        node=node,
        at=at,
        actor=actor,
        request_id=request_id,
        details=dict(details),
    )
    done = await tx.execute(row.on_conflict_do_nothing().returning(transition.c.number))
    return done.one_or_none() is not None


async def transitions(tx: AsyncConnection, case_id: str) -> list[tuple[Entry, UUID | None]]:
    """Returns what is recorded of the transitions, in order, each with the request id of its decision."""
    query = select(transition).where(transition.c.case_id == case_id).order_by(transition.c.number)
    return [
        (Entry(row.number, row.kind, row.node, row.at, row.actor, row.details), row.request_id)
        for row in await tx.execute(query)
    ]


async def request_of(tx: AsyncConnection, case_id: str, node: str) -> UUID | None:
    """Returns the request id of the decision on a node, None where no person decided it."""
    mine = (transition.c.case_id == case_id) & (transition.c.node == node) & (transition.c.kind == Kind.DECIDED)
    return (await tx.execute(select(transition.c.request_id).where(mine))).scalar_one_or_none()


async def add_license(tx: AsyncConnection, case_id: str, node: str, issued: IssuedLicense, at: datetime) -> None:
    """Inserts a licence, as revoked where its revocation was noted before; one that another node got stands once."""
    note = (case_note.c.case_id == case_id) & (case_note.c.key == revocation_key(issued.license_id))
    revoked_at = (await tx.execute(select(case_note.c.at).where(note))).scalar_one_or_none()
    await tx.execute(
        insert(case_license)
        .values(
            case_id=case_id,
            license_id=issued.license_id,
            license_type=issued.license_type,
            name_zh=issued.name_zh or issued.license_type,
            name_en=issued.name_en or issued.license_type,
            identifier=issued.identifier,
            node=node,
            issued_at=at,
            revoked_at=revoked_at,
        )
        .on_conflict_do_nothing(index_elements=["case_id", "license_id"])
    )


async def licenses(tx: AsyncConnection, case_id: str) -> list[LicenseRow]:
    query = select(case_license).where(case_license.c.case_id == case_id).order_by(case_license.c.issued_at)
    return [
        LicenseRow(
            license_id=row.license_id,
            license_type=row.license_type,
            title=Text(row.name_zh, row.name_en),
            identifier=row.identifier,
            node=row.node,
            issued_at=row.issued_at,
            revoked_at=row.revoked_at,
        )
        for row in await tx.execute(query)
    ]


async def revoke_license(tx: AsyncConnection, case_id: str, license_id: str, at: datetime) -> bool:
    """Sets when a licence was revoked. Returns False where the case has no such licence."""
    mine = (case_license.c.case_id == case_id) & (case_license.c.license_id == license_id)
    done = await tx.execute(case_license.update().where(mine).values(revoked_at=at).returning(case_license.c.case_id))
    return done.one_or_none() is not None


def revocation_key(license_id: str) -> str:
    """Returns the key of the note that a licence was revoked."""
    return f"revoked/{license_id}"


async def add_note(
    tx: AsyncConnection, *, case_id: str, key: str, kind: str, at: datetime, details: Mapping[str, Any]
) -> None:
    """Inserts a note; one with a known key changes nothing."""
    row = insert(case_note).values(case_id=case_id, key=key, kind=kind, at=at, details=dict(details))
    await tx.execute(row.on_conflict_do_nothing())


async def entries(tx: AsyncConnection, case_id: str) -> list[Entry]:
    """Returns transitions and notes, the oldest first; no note on a licence that the case does not have."""
    made = await tx.execute(select(transition).where(transition.c.case_id == case_id))
    found = [Entry(row.number, row.kind, row.node, row.at, row.actor, row.details) for row in made]
    had = select(literal("revoked/") + case_license.c.license_id).where(case_license.c.case_id == case_id)
    relevant = (case_note.c.kind != "license_revoked") | case_note.c.key.in_(had)
    notes = await tx.execute(select(case_note).where(case_note.c.case_id == case_id, relevant))
    found += [Entry(None, row.kind, "", row.at, "service:workflow", row.details) for row in notes]
    return sorted(found, key=lambda entry: (entry.at, entry.number or 0))
