"""Queries on changes under dual control."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.dual_control.change_request import ChangeKind, ChangeRequest, Decision, Hand
from pingshan_identity.store.tables import change_request

_t = change_request.c
_OUTCOMES = {Hand.PROPOSER: _t.outcome_encrypted, Hand.DECIDER: _t.decider_outcome_encrypted}
_LOCK_SPACE = 7_483


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


async def keep_outcomes(
    tx: AsyncConnection, personal: PersonalData, change_id: UUID, secrets: Mapping[Hand, str]
) -> None:
    """Keeps a secret for each hand that has one; does nothing for none."""
    sealed = {_OUTCOMES[hand]: personal.encrypt(secret, **_place(change_id, hand)) for hand, secret in secrets.items()}
    if sealed:
        await tx.execute(update(change_request).where(_t.change_id == change_id).values(sealed))


async def take_outcome(tx: AsyncConnection, personal: PersonalData, change_id: UUID, hand: Hand) -> str:
    """Returns the secret and deletes it; the caller has locked the change and found that it has one for that hand."""
    mine, column = _t.change_id == change_id, _OUTCOMES[hand]
    sealed = (await tx.execute(select(column).where(mine))).scalar_one()
    await tx.execute(update(change_request).where(mine).values({column: None}))
    return personal.decrypt(sealed, **_place(change_id, hand))


async def page(
    tx: AsyncConnection, *, open_only: bool, now: datetime, before: datetime, limit: int
) -> list[ChangeRequest]:
    """Returns changes requested before `before`, the latest first. `open_only`: neither decided nor lapsed at `now`."""
    query = select(change_request).where(_t.requested_at < before)
    if open_only:
        query = query.where(_t.decided_at.is_(None), _t.expires_at > now)
    rows = await tx.execute(query.order_by(_t.requested_at.desc()).limit(limit))
    return [_change(row) for row in rows.mappings()]


async def lock_subject(tx: AsyncConnection, kind: ChangeKind, subject: str) -> None:
    """Makes proposals of that kind on the subject wait for each other until the commit."""
    await tx.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext(f"{kind.value} {subject}"))))


async def open_on(tx: AsyncConnection, kind: ChangeKind, subject: str, now: datetime) -> list[ChangeRequest]:
    """Returns changes of the kind on the subject that wait for a decision, the oldest first."""
    query = select(change_request).where(
        _t.kind == kind.value, _t.subject == subject, _t.decided_at.is_(None), _t.expires_at > now
    )
    rows = await tx.execute(query.order_by(_t.requested_at))
    return [_change(row) for row in rows.mappings()]


async def open_of_kind(tx: AsyncConnection, kind: ChangeKind, now: datetime) -> list[ChangeRequest]:
    """Returns changes of the kind that wait for a decision, the oldest first."""
    query = select(change_request).where(_t.kind == kind.value, _t.decided_at.is_(None), _t.expires_at > now)
    rows = await tx.execute(query.order_by(_t.requested_at))
    return [_change(row) for row in rows.mappings()]


def _place(change_id: UUID, hand: Hand) -> dict[str, str]:
    return {"table": "change_request", "column": _OUTCOMES[hand].name, "row": str(change_id)}


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
        outcomes=frozenset(hand for hand, column in _OUTCOMES.items() if row[column.name] is not None),
    )
