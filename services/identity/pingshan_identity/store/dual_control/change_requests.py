"""Queries on changes under dual control."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.dual_control.change_request import ChangeKind, ChangeRequest, Decision
from pingshan_identity.store.tables import change_request

_t = change_request.c


async def add(
    tx: AsyncConnection,
    *,
    change_id: UUID,
    kind: ChangeKind,
    subject: str,
    details: Mapping[str, Any],
    reason: str,
    requested_by: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    await tx.execute(
        insert(change_request).values(
            change_id=change_id,
            kind=kind.value,
            subject=subject,
            details=dict(details),
            reason=reason,
            requested_by=UUID(requested_by),
            requested_at=now,
            expires_at=expires_at,
        )
    )


async def get(tx: AsyncConnection, change_id: UUID, *, lock: bool = False) -> ChangeRequest | None:
    """Returns the change, None where there is none. `lock`: a second one who would decide it waits until the commit."""
    query = select(change_request).where(_t.change_id == change_id)
    row = (await tx.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _change(row)


async def decide(
    tx: AsyncConnection, change_id: UUID, *, by: str, decision: Decision, reason: str, now: datetime
) -> ChangeRequest:
    """Decides a change that the caller has locked and found open, and returns it."""
    done = await tx.execute(
        update(change_request)
        .where(_t.change_id == change_id)
        .values(decided_by=UUID(by), decided_at=now, decision=decision.value, decision_reason=reason)
        .returning(change_request)
    )
    return _change(done.mappings().one())


async def keep_outcome(tx: AsyncConnection, personal: PersonalData, change_id: UUID, secret: str) -> None:
    sealed = personal.encrypt(secret, **_place(change_id))
    await tx.execute(update(change_request).where(_t.change_id == change_id).values(outcome_encrypted=sealed))


async def take_outcome(tx: AsyncConnection, personal: PersonalData, change_id: UUID) -> str:
    """Returns the secret and deletes it; the caller has locked the change and found that it has one."""
    mine = _t.change_id == change_id
    sealed = (await tx.execute(select(_t.outcome_encrypted).where(mine))).scalar_one()
    await tx.execute(update(change_request).where(mine).values(outcome_encrypted=None))
    return personal.decrypt(sealed, **_place(change_id))


async def page(
    tx: AsyncConnection, *, open_only: bool, now: datetime, before: datetime, limit: int
) -> list[ChangeRequest]:
    """Returns changes requested before `before`, the latest first. `open_only`: neither decided nor lapsed at `now`."""
    query = select(change_request).where(_t.requested_at < before)
    if open_only:
        query = query.where(_t.decided_at.is_(None), _t.expires_at > now)
    rows = await tx.execute(query.order_by(_t.requested_at.desc()).limit(limit))
    return [_change(row) for row in rows.mappings()]


def _place(change_id: UUID) -> dict[str, str]:
    return {"table": "change_request", "column": "outcome_encrypted", "row": str(change_id)}


def _change(row: Mapping[Any, Any]) -> ChangeRequest:
    return ChangeRequest(
        change_id=str(row["change_id"]),
        kind=ChangeKind(row["kind"]),
        subject=row["subject"],
        details=row["details"],
        reason=row["reason"],
        requested_by=str(row["requested_by"]),
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        decided_by=str(row["decided_by"]) if row["decided_by"] else None,
        decided_at=row["decided_at"],
        decision=Decision(row["decision"]) if row["decision"] else None,
        decision_reason=row["decision_reason"],
        has_outcome=row["outcome_encrypted"] is not None,
    )
