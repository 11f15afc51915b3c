"""Queries on DPoP proofs that were seen (RFC 9449 section 11.1)."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.store.tables import dpop_proof


async def note(tx: AsyncConnection, jkt: str, jti_hash: bytes, expires_at: datetime) -> bool:
    """Keeps a proof until it expires. Returns False where any process has seen it before."""
    inserted = await tx.execute(
        insert(dpop_proof)
        .values(jkt=jkt, jti_hash=jti_hash, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(dpop_proof.c.jkt)
    )
    return inserted.one_or_none() is not None
