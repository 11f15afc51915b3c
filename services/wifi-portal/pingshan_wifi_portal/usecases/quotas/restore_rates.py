"""Restores the full rate on a new day in Shanghai, for who was slowed down and is still online."""

from pingshan_kit.clock import today

from pingshan_wifi_portal.store import sessions, usage
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.quotas.shared import enqueue_change


async def restore_rates(deps: Dependencies) -> None:
    """Restores the full rate of the open sessions of those who have not used up today's volume."""
    async with deps.database.begin() as tx:
        visitors = await usage.slowed_without_reason(tx, today())
        plans = await usage.plans(tx, visitors)
        for visitor_id in visitors:
            for session in await sessions.restore(tx, visitor_id, plans[visitor_id].rate_kbps):
                await enqueue_change(tx, session.session_id, session.policy_version)
