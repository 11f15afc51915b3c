"""Orders the delivery of a logout to one system."""

from uuid import UUID

from pingshan_events.identity import LogoutRequested
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.usecases.job_kinds import SystemToTell
from pingshan_identity.usecases.sign_out.shared import order_delivery


async def order_logout(tx: AsyncConnection, event: LogoutRequested) -> None:
    """Enqueues the delivery in the transaction of the consumer's inbox."""
    payload = SystemToTell(sign_out_id=UUID(event.sign_out_id), client_id=event.client_id)
    await order_delivery(tx, event.aggregate_id, payload)
