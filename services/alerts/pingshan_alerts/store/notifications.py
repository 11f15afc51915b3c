"""SMS to persons. Number and variables are personal data: encrypted, and the variables erased once sent."""

from datetime import datetime
from json import dumps, loads
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.notification import NotificationState, Outgoing, Progress, next_attempt
from pingshan_alerts.store.tables import notification

_LIVE = (NotificationState.QUEUED, NotificationState.SENT)


async def add(tx: AsyncConnection, data: PersonalData, outgoing: Outgoing, *, caller: str) -> bool:
    """Keeps an SMS, encrypted. Returns False where it exists already."""
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
    """Returns what is to be given to the carrier now, its attempt counted.

    Returns None where it was sent, or tried as often as it may be.
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
    """Takes an attempt back: the carrier certainly has not taken it."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    await tx.execute(row.values(attempts=notification.c.attempts - 1))


async def find(tx: AsyncConnection, notification_id: UUID) -> Progress | None:
    known = notification.c.notification_id == notification_id
    row = (await tx.execute(select(notification).where(known))).one_or_none()
    return _progress(row) if row else None


async def mark_sent(tx: AsyncConnection, notification_id: UUID, now: datetime) -> None:
    """Sets it as sent, and erases the variables; a receipt may have been quicker, then only they go."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    queued = row.where(notification.c.state == NotificationState.QUEUED)
    await tx.execute(queued.values(state=NotificationState.SENT, sent_at=now, failure_code=""))
    await tx.execute(row.values(variables=None))


async def mark_failed(tx: AsyncConnection, notification_id: UUID, code: str, now: datetime) -> None:
    """Sets it as failed; it is kept whole, for an operator may try again."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    row = row.where(notification.c.state == NotificationState.QUEUED)
    await tx.execute(row.values(state=NotificationState.FAILED, failure_code=code, finished_at=now))


async def receive(
    tx: AsyncConnection, notification_id: UUID, state: NotificationState, code: str, now: datetime
) -> Progress | None:
    """Keeps the carrier's receipt. Returns None where it changes nothing: unknown, or final before."""
    row = update(notification).where(notification.c.notification_id == notification_id)
    row = row.where(notification.c.state.in_(_LIVE))
    row = row.values(state=state, failure_code=code, finished_at=now, variables=None).returning(notification)
    changed = (await tx.execute(row)).one_or_none()
    return _progress(changed) if changed else None


async def of_delivery(tx: AsyncConnection, delivery_id: UUID) -> list[tuple[NotificationState, str]]:
    """Returns state and failure code of each person's SMS."""
    query = select(notification.c.state, notification.c.failure_code).where(notification.c.delivery_id == delivery_id)
    return [(NotificationState(state), code) for state, code in await tx.execute(query)]


async def recent(tx: AsyncConnection, data: PersonalData, count: int) -> list[Progress]:
    """Returns the latest first, with their numbers."""
    rows = await tx.execute(select(notification).order_by(notification.c.created_at.desc()).limit(count))
    return [_progress(row, _number(data, row)) for row in rows]


async def state_counts(tx: AsyncConnection, since: datetime) -> dict[NotificationState, int]:
    query = select(notification.c.state, func.count()).where(notification.c.created_at >= since)
    rows = await tx.execute(query.group_by(notification.c.state))
    found = {NotificationState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in NotificationState}


async def erase_unsent(tx: AsyncConnection, before: datetime) -> int:
    """Erases the texts that were never sent and are too old to be of use. Returns the number of rows."""
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
