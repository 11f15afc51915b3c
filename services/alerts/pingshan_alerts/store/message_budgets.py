"""Queries on how many SMS other services, and this one itself, may still send."""

from collections.abc import Sequence
from datetime import datetime

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage import budgets
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_alerts.domain.notification import Spending
from pingshan_alerts.store.tables import message_budget


async def spend(tx: AsyncConnection, data: PersonalData, spendings: Sequence[Spending], now: datetime) -> None:
    """Takes one SMS from each budget. Raises TooManyMessages where one is used up."""
    for each in spendings:
        key = data.index(f"messages {each.key}")
        blocked_until = await budgets.spend(tx, message_budget, key, each.budget, now)
        if blocked_until is not None:
            raise each.refuse(blocked_until, now)
