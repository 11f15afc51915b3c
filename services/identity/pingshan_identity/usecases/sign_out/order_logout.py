"""A system is to be told: have the delivery made after the commit, and again until it is confirmed."""

from pingshan_events.identity import LogoutRequested
from pingshan_kit import jobs
from sqlalchemy.ext.asyncio import AsyncConnection

DELIVER = "deliver-logout"


async def order_logout(tx: AsyncConnection, event: LogoutRequested) -> None:
    """In the transaction of the consumer's inbox."""
    payload = {"sign_out_id": event.sign_out_id, "client_id": event.client_id}
    await jobs.enqueue(tx, DELIVER, event.aggregate_id, payload)
