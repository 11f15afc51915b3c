"""Spends the budgets of verifications without a sign-in; addresses are kept as keyed hashes alone."""

from datetime import datetime

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage import budgets
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.verification.public_budget import BY_ADDRESS, BY_ALL
from pingshan_e_license.store.tables import public_verification_budget


async def spend(tx: AsyncConnection, personal: PersonalData, address: str, now: datetime) -> datetime | None:
    """Spends one of the address's and one of all; returns None where both were left, else from when on they are."""
    own = personal.index(f"public verification {address}")
    until = await budgets.spend(tx, public_verification_budget, own, BY_ADDRESS, now)
    if until is not None:
        return until
    return await budgets.spend(tx, public_verification_budget, personal.index("public verification"), BY_ALL, now)
