"""Withdraws an initial access token, so that no system registers itself with it any more."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.change_request import ChangeKind, proposers
from pingshan_identity.domain.errors import InitialTokenNotFound
from pingshan_identity.store.clients import registrations
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class WithdrawInitialToken:
    token_hash: bytes = field(repr=False)
    """SHA-256 of the token, by which the page names it."""
    reason: str


async def withdraw_initial_token(deps: Dependencies, actor: Actor, command: WithdrawInitialToken) -> None:
    """Leaves no use of the token, and records that with the reason; systems that it registered stay.

    It takes one administrator, since it gives nobody anything.

    Raises:
        AdministratorRequired, ReasonRequired.
        InitialTokenNotFound: it was used up or withdrawn, or has expired.
    """
    check_may_administer(actor, AdministrativeAct.WITHDRAW_INITIAL_TOKEN)
    why, makers = check_reason(command.reason), proposers(ChangeKind.OPEN_REGISTRATION)
    async with deps.database.begin() as tx:
        owner = await registrations.withdraw(tx, command.token_hash, makers, clock.now())
        if owner is None:
            raise InitialTokenNotFound
        subject = f"organisation:{owner}"
        await audit_log.append(tx, actor=actor, act=Act.REGISTRATION_CLOSED, subject=subject, details={"why": why})
