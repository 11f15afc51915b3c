"""Proposes a change under dual control."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.dual_control.change_request import ChangeKind, check_proposer
from pingshan_identity.usecases.clients.shared import check_proposed_addresses
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.dual_control.shared import propose


@dataclass(frozen=True, slots=True)
class ProposeChange:
    kind: ChangeKind
    subject: str
    """Subject of the change, for example `person:<id>`."""
    details: Mapping[str, Any]
    """Ids and codes; no personal data, no secret."""
    reason: str


async def propose_change(deps: Dependencies, actor: Actor, command: ProposeChange) -> UUID:
    """Returns the id of the proposal; refuses what could never be applied.

    Raises:
        AdministratorRequired, ChangeForOneself, ChangeOpen, InvalidRequest, LastHolder, NoLeavingPlanned,
        PersonNotFound, PowersJoined, ReasonRequired, RequestInvalid.
    """
    check_proposer(command.kind, command.details, actor)
    await check_proposed_addresses(deps, command.details)
    async with deps.database.begin() as tx:
        return await propose(
            tx,
            actor,
            kind=command.kind,
            subject=command.subject,
            details=command.details,
            reason=command.reason,
        )
