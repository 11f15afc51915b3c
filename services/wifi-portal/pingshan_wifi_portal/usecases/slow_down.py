"""The day's volume is used up: slower from now on, on every device of the person, and the person is told."""

from uuid import UUID

from pingshan_kit import jobs, outbox
from pingshan_kit.clock import now, today
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.quota import Plan
from pingshan_wifi_portal.store import sessions, usage
from pingshan_wifi_portal.usecases import session_events
from pingshan_wifi_portal.usecases.job_kinds import CHANGE_AUTHORISATION, TELL_QUOTA_USED, SessionToTell, UsedQuota


async def slow_down(tx: AsyncConnection, *, visitor_id: UUID, plan: Plan) -> None:
    day = today()
    await usage.mark_exhausted(tx, visitor_id, day, now())
    for session in await sessions.slow_down(tx, visitor_id, plan.slowed_kbps):
        await outbox.publish(tx, session_events.exhausted(session, plan.slowed_kbps))
        await enqueue_change(tx, session.session_id, session.policy_version)
    used = UsedQuota(visitor_id=visitor_id, day=day, rate_kbps=plan.slowed_kbps)
    await jobs.enqueue(tx, TELL_QUOTA_USED, f"{visitor_id}:{day}", used)


async def enqueue_change(tx: AsyncConnection, session_id: UUID, policy_version: int) -> None:
    """Have the controller told of the session's newest policy; the job sends what is newest when it runs."""
    payload = SessionToTell(session_id=session_id)
    await jobs.enqueue(tx, CHANGE_AUTHORISATION, f"{session_id}:{policy_version}", payload)
