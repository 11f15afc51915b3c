"""Retries a delivery that was given up."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.errors import SignOutNotFound
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.job_kinds import SystemToTell
from pingshan_identity.usecases.sign_out.shared import order_delivery


@dataclass(frozen=True, slots=True)
class RetryLogout:
    sign_out_id: UUID
    client_id: str


async def retry_logout(deps: Dependencies, actor: Actor, command: RetryLogout) -> None:
    """Orders up to twenty more attempts and reopens the sign-out; its receipt is made anew.

    Raises:
        AdministratorRequired: the actor is no security administrator.
        SignOutNotFound: there is no such delivery that was given up.
    """
    check_may_administer(actor, AdministrativeAct.RETRY_LOGOUT)
    sign_out_id, client_id = command.sign_out_id, command.client_id
    async with deps.database.begin() as tx:
        attempts = await sign_outs.try_again(tx, sign_out_id, client_id)
        if attempts is None:
            raise SignOutNotFound
        await sign_outs.reopen(tx, sign_out_id)
        payload = SystemToTell(sign_out_id=sign_out_id, client_id=client_id)
        await order_delivery(tx, f"{sign_out_id}.{client_id}.{attempts}", payload)
