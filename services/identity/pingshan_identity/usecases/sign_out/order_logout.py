"""Orders the delivery of a logout to one system."""

from uuid import UUID

from pingshan_events.identity import LogoutRequested
from pingshan_kit import jobs
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.usecases.job_kinds import DELIVER_LOGOUT, SystemToTell


async def order_logout(tx: AsyncConnection, event: LogoutRequested) -> None:
    """Enqueues the delivery in the transaction of the consumer's inbox."""
    payload = SystemToTell(sign_out_id=UUID(event.sign_out_id), client_id=event.client_id)
    await jobs.enqueue(tx, DELIVER_LOGOUT, event.aggregate_id, payload)
