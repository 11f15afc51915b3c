"""Complete a sign-out once nothing more will come: the receipt is signed and recorded in the same transaction."""

from hashlib import sha256
from uuid import UUID

from pingshan_kit import clock, records
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.sign_out.sign_out import RECEIPT, receipt_claims
from pingshan_identity.store.sign_out import sign_outs


async def complete_if_settled(tx: AsyncConnection, actor: Actor, signer: TokenSigner, sign_out_id: UUID) -> bool:
    """Whether this call completed it. The SHA-256 of the receipt stands in the hash-chained record."""
    sign_out = await sign_outs.lock(tx, sign_out_id)
    if sign_out is None or sign_out.completed_at is not None:
        return False
    now = clock.now()
    deliveries = await sign_outs.deliveries(tx, sign_out_id)
    if not all(each.is_settled(now) for each in deliveries):
        return False
    claims = receipt_claims(issuer=signer.issuer, sign_out=sign_out, deliveries=deliveries, now=now)
    receipt = signer.sign(claims, RECEIPT)
    await sign_outs.complete(tx, sign_out_id, receipt, now)
    await records.append(
        tx,
        actor=actor,
        act=Act.SIGN_OUT_COMPLETED,
        subject=f"person:{sign_out.person_id}",
        details={
            "sign_out_id": str(sign_out_id),
            "receipt_sha256": sha256(receipt.encode()).hexdigest(),
            "systems": len(deliveries),
        },
    )
    return True
