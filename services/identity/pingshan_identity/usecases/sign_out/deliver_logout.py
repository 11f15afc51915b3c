"""Tells one system that a sign-in ended (OpenID Connect Back-Channel Logout 1.0)."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from pingshan_kit import clock, telemetry
from pingshan_values.actor import Actor

from pingshan_identity.clients.relying_parties import NotConfirmed
from pingshan_identity.domain.keys.signing_key import Algorithm
from pingshan_identity.domain.oauth.subject_identifier import subject_of
from pingshan_identity.domain.sign_out.sign_out import LOGOUT_TOKEN, DeliveryState, gives_up, logout_token_claims
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.store.sign_out.sign_outs import Order
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_out.shared import complete_if_settled


@dataclass(frozen=True, slots=True)
class DeliverLogout:
    sign_out_id: UUID
    client_id: str
    attempt: int
    """Number of the attempt, 1 for the first."""


async def deliver_logout(deps: Dependencies, actor: Actor, command: DeliverLogout) -> None:
    """Posts the logout token with the same `jti` at every attempt; does nothing where the delivery is not pending.

    Raises:
        NotConfirmed: the delivery failed and is to be tried again; after the last attempt it is given up instead.
    """
    sign_out_id, client_id = command.sign_out_id, command.client_id
    async with deps.database.read() as tx:
        order = await sign_outs.order(tx, sign_out_id, client_id)
    if order is None or order.state is not DeliveryState.PENDING:
        return
    telemetry.mark(system_id=client_id, correlation_id=order.sign_out.session_id or str(sign_out_id))
    failure = await _notify(deps, order, client_id)
    now = clock.now()
    give_up = gives_up(command.attempt)
    async with deps.database.begin() as tx:
        if failure is None:
            await sign_outs.confirm(tx, sign_out_id, client_id, now)
        else:
            await sign_outs.note_failure(tx, sign_out_id, client_id, failure.code, now, give_up=give_up)
        if failure is None or give_up:
            await complete_if_settled(tx, actor, deps.signer, sign_out_id)
    if failure is not None and not give_up:
        raise failure


async def _notify(deps: Dependencies, order: Order, client_id: str) -> NotConfirmed | None:
    if order.uri is None:
        return NotConfirmed("NO_ADDRESS")
    claims = logout_token_claims(
        issuer=deps.signer.issuer,
        client_id=client_id,
        token_id=str(order.event_id),
        sub=subject_of(order, order.sign_out.person_id, deps.personal.index),
        session_id=order.sign_out.session_id,
        now=clock.now(),
    )
    try:
        token = deps.signer.sign(claims, LOGOUT_TOKEN, cast("Algorithm", order.id_token_alg))
        await deps.relying_parties.tell(order.uri, token, third_party=order.third_party)
    except NotConfirmed as error:
        return error
    return None
