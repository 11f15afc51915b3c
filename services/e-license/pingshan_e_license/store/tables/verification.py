"""The table of what verifications without a sign-in have used."""

from sqlalchemy import Column, Integer, LargeBinary, Table

from pingshan_e_license.store.tables.base import MOMENT, metadata

public_verification_budget = Table(
    "public_verification_budget",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="keyed HMAC of an address, or of what all addresses share"),
    Column("attempts", Integer, nullable=False),
    Column("blocked_until", MOMENT, nullable=False),
    Column("attempted_at", MOMENT, nullable=False, index=True),
)
