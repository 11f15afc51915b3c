"""Slows a person down on every device once the day's volume is used up, and has them notified."""

from uuid import UUID

from pingshan_kit import jobs
from pingshan_kit.clock import now, today
from pingshan_kit.events import outbox
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.quota import Plan
from pingshan_wifi_portal.store import sessions, usage
from pingshan_wifi_portal.usecases.job_kinds import CHANGE_AUTHORISATION, NOTIFY_QUOTA_USED, SessionToTell, UsedQuota
from pingshan_wifi_portal.usecases.sessions.shared import quota_exhausted


async def slow_down(tx: AsyncConnection, *, visitor_id: UUID, plan: Plan) -> None:
    """Slows down every open session of the person, in the caller's transaction, and enqueues what follows."""
    day = today()
    await usage.mark_exhausted(tx, visitor_id, day, now())
    for session in await sessions.slow_down(tx, visitor_id, plan.slowed_kbps):
        await outbox.publish(tx, quota_exhausted(session, plan.slowed_kbps))
        await enqueue_change(tx, session.session_id, session.policy_version)
    used = UsedQuota(visitor_id=visitor_id, day=day, rate_kbps=plan.slowed_kbps)
    await jobs.enqueue(tx, NOTIFY_QUOTA_USED, f"{visitor_id}:{day}", used)


async def enqueue_change(tx: AsyncConnection, session_id: UUID, policy_version: int) -> None:
    """Enqueues a job that sends the controller the session's policy, the newest one when it runs."""
    payload = SessionToTell(session_id=session_id)
    await jobs.enqueue(tx, CHANGE_AUTHORISATION, f"{session_id}:{policy_version}", payload)
