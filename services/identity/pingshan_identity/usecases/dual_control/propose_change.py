"""Proposes a change under dual control."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_identity.domain.dual_control.change_request import ChangeKind, check_proposer
from pingshan_identity.usecases.clients.shared import refused_addresses
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
        AdministratorRequired, ChangeForOneself, ChangeOpen, LastHolder, NoLeavingPlanned, PersonNotFound,
            PowersJoined, ReasonRequired.
        RequestInvalid: it names everything that is wrong, a missing reason too where it is not the only fault.
    """
    check_proposer(command.kind, command.details, actor)
    wrong = await refused_addresses(deps, command.details)
    async with deps.database.begin() as tx:
        return await propose(
            tx,
            actor,
            kind=command.kind,
            subject=command.subject,
            details=command.details,
            reason=command.reason,
            wrong=wrong,
        )
