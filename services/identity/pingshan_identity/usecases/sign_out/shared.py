"""Begins and completes sign-outs, in the caller's transaction."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from pingshan_events.identity import LogoutRequested
from pingshan_kit import audit_log, clock, jobs
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.sign_out.sign_out import RECEIPT, DeliveryState, SignOut, first_state, receipt_claims
from pingshan_identity.store.clients import clients
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.usecases.job_kinds import DELIVER_LOGOUT, DELIVER_LOGOUT_TO_REGISTERED, SystemToTell


async def request_sign_out(
    tx: AsyncConnection, actor: Actor, *, person_id: str, session_id: str | None, reason: str
) -> UUID:
    """Returns the id of a new sign-out; the systems to be told are ordered through the outbox.

    `session_id`: tells the systems opened with it; None tells every system that people open.
    """
    now, sign_out_id = clock.now(), uuid7()
    found = await sign_outs.targets(tx, person_id, session_id, now)
    rows: list[dict[str, Any]] = []
    for target in found:
        state, alive_until = first_state(can_be_told=target.can_be_told, was_opened=target.was_opened, now=now)
        rows.append(
            {
                "client_id": target.client_id,
                "state": state.value,
                "alive_until": alive_until,
                "event_id": uuid7(),
            }
        )
    made = SignOut(
        sign_out_id=str(sign_out_id),
        person_id=person_id,
        session_id=session_id,
        reason=reason,
        requested_by=actor.id,
        requested_at=now,
        completed_at=None,
        receipt=None,
    )
    await sign_outs.add(tx, made, rows)
    for row in rows:
        if row["state"] == DeliveryState.PENDING.value:
            await outbox.publish(
                tx,
                LogoutRequested(
                    event_id=row["event_id"],
                    aggregate_id=f"{sign_out_id}.{row['client_id']}",
                    aggregate_version=1,
                    correlation_id=session_id or str(sign_out_id),
                    occurred_at=now,
                    sign_out_id=str(sign_out_id),
                    client_id=row["client_id"],
                ),
            )
    return sign_out_id


async def order_delivery(tx: AsyncConnection, key: str, payload: SystemToTell) -> None:
    """Enqueues the delivery among those of its kind of system; does nothing where the key was ordered before."""
    client = await clients.existing(tx, payload.client_id)
    kind = DELIVER_LOGOUT_TO_REGISTERED if client.third_party else DELIVER_LOGOUT
    await jobs.enqueue(tx, kind, key, payload)


async def complete_if_settled(tx: AsyncConnection, actor: Actor, signer: TokenSigner, sign_out_id: UUID) -> bool:
    """Returns whether this call completed the sign-out; False where it was complete, or a delivery is still pending.

    The SHA-256 of the receipt stands in the hash-chained record.
    """
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
    await audit_log.append(
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
