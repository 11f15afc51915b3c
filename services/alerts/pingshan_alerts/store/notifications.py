"""Queries on SMS to persons. Number and variables are encrypted; the variables are erased once the SMS is sent."""

from datetime import datetime
from json import dumps, loads
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.notification import NOT_FINAL, NotificationState, Outgoing, Progress, next_attempt
from pingshan_alerts.store.tables import notification


async def add(tx: AsyncConnection, data: PersonalData, outgoing: Outgoing, *, caller: str) -> bool:
    """Inserts an SMS with number and variables encrypted. Returns False where one with its id exists already."""
    row = str(outgoing.notification_id)
    values = insert(notification).values(
        notification_id=outgoing.notification_id,
        caller=caller,
        template_id=outgoing.template_id,
        language=outgoing.language,
        mobile_number=data.encrypt(outgoing.mobile_number, table="notification", column="mobile_number", row=row),
        variables=data.encrypt(
            dumps(dict(outgoing.variables), ensure_ascii=False), table="notification", column="variables", row=row
        ),
        delivery_id=outgoing.delivery_id,
    )
    added = await tx.execute(values.on_conflict_do_nothing().returning(notification.c.notification_id))
    return added.one_or_none() is not None


async def claim(tx: AsyncConnection, data: PersonalData, notification_id: UUID) -> Outgoing | None:
    """Counts one more attempt and returns the SMS with what the carrier needs; its row stays locked.

    Returns None where it is unknown, its variables are erased, or no attempt is left.
    """
    known = notification.c.notification_id == notification_id
    row = (await tx.execute(select(notification).where(known).with_for_update())).one_or_none()
    if row is None or row.variables is None:
        return None
    attempt = next_attempt(NotificationState(row.state), row.attempts)
    if attempt is None:
        return None
    await tx.execute(update(notification).where(known).values(state=NotificationState.QUEUED, attempts=attempt))
    place = str(notification_id)
    return Outgoing(
        notification_id=notification_id,
        template_id=row.template_id,
        language=row.language,
        mobile_number=data.decrypt(row.mobile_number, table="notification", column="mobile_number", row=place),
        variables=loads(data.decrypt(row.variables, table="notification", column="variables", row=place)),
        delivery_id=row.delivery_id,
    )


async def release(tx: AsyncConnection, notification_id: UUID) -> None:
    """Subtracts an attempt that certainly did not reach the carrier."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    await tx.execute(row.values(attempts=notification.c.attempts - 1))


async def find(tx: AsyncConnection, notification_id: UUID) -> Progress | None:
    known = notification.c.notification_id == notification_id
    row = (await tx.execute(select(notification).where(known))).one_or_none()
    return _progress(row) if row else None


async def mark_sent(tx: AsyncConnection, notification_id: UUID, now: datetime) -> None:
    """Marks a queued SMS as sent, and erases the variables in any state: a receipt may have come first."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    queued = row.where(notification.c.state == NotificationState.QUEUED)
    await tx.execute(queued.values(state=NotificationState.SENT, sent_at=now, failure_code=""))
    await tx.execute(row.values(variables=None))


async def mark_failed(tx: AsyncConnection, notification_id: UUID, code: str, now: datetime) -> None:
    """Marks a queued SMS as failed. Its variables stay, so that an operator can have it tried again."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    row = row.where(notification.c.state == NotificationState.QUEUED)
    await tx.execute(row.values(state=NotificationState.FAILED, failure_code=code, finished_at=now))


async def give_up(tx: AsyncConnection, notification_id: UUID, code: str, now: datetime) -> None:
    """Marks an SMS as failed that is never to be sent, and erases its variables."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    await tx.execute(row.values(state=NotificationState.FAILED, failure_code=code, finished_at=now, variables=None))


async def receive(
    tx: AsyncConnection, notification_id: UUID, state: NotificationState, code: str, now: datetime
) -> Progress | None:
    """Records the final state from the carrier's receipt and erases the variables.

    Returns None, changing nothing, where the SMS is unknown or its state is final already.
    """
    row = update(notification).where(notification.c.notification_id == notification_id)
    row = row.where(notification.c.state.in_(NOT_FINAL))
    row = row.values(state=state, failure_code=code, finished_at=now, variables=None).returning(notification)
    changed = (await tx.execute(row)).one_or_none()
    return _progress(changed) if changed else None


async def of_delivery(tx: AsyncConnection, delivery_id: UUID) -> list[tuple[NotificationState, str]]:
    """Returns state and failure code of each SMS that belongs to the delivery."""
    query = select(notification.c.state, notification.c.failure_code).where(notification.c.delivery_id == delivery_id)
    return [(NotificationState(state), code) for state, code in await tx.execute(query)]


async def recent(tx: AsyncConnection, data: PersonalData, count: int) -> list[Progress]:
    """Returns the `count` SMS that were queued last, the newest first, with decrypted numbers."""
    rows = await tx.execute(select(notification).order_by(notification.c.created_at.desc()).limit(count))
    return [_progress(row, _number(data, row)) for row in rows]


async def state_counts(tx: AsyncConnection, since: datetime) -> dict[NotificationState, int]:
    query = select(notification.c.state, func.count()).where(notification.c.created_at >= since)
    rows = await tx.execute(query.group_by(notification.c.state))
    found = {NotificationState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in NotificationState}


async def erase_unsent(tx: AsyncConnection, before: datetime) -> int:
    """Erases the variables of SMS queued before `before` that still have them. Returns the number of SMS."""
    row = update(notification).where(notification.c.created_at < before, notification.c.variables.is_not(None))
    return (await tx.execute(row.values(variables=None))).rowcount


def _number(data: PersonalData, row: Row[Any]) -> str:
    place = str(row.notification_id)
    return data.decrypt(row.mobile_number, table="notification", column="mobile_number", row=place)


def _progress(row: Row[Any], mobile_number: str = "") -> Progress:
    return Progress(
        notification_id=row.notification_id,
        caller=row.caller,
        template_id=row.template_id,
        state=NotificationState(row.state),
        failure_code=row.failure_code,
        delivery_id=row.delivery_id,
        created_at=row.created_at,
        mobile_number=mobile_number,
    )
