"""Proposes a change under dual control."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import SEPARATED, require_person, require_role
from pingshan_identity.domain.audit.reason import check_reason
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client_settings import check_settings
from pingshan_identity.domain.dual_control.change_request import LIFE, ChangeKind, proposer
from pingshan_identity.domain.dual_control.proposal import (
    check_client_id,
    check_is_power,
    check_whose_sessions,
    power_of,
)
from pingshan_identity.domain.errors import PersonNotFound, ReasonRequired, RequestInvalid
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.people.powers import refuse_joined_powers
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.people import organisations, staff
from pingshan_identity.usecases.clients.initial_access_token import check_opening
from pingshan_identity.usecases.dependencies import Dependencies


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
        AdministratorRequired, InvalidRequest, PersonNotFound, PowersJoined, ReasonRequired, RequestInvalid.
    """
    require_role(actor, proposer(command.kind))
    reason, person_id = check_reason(command.reason), require_person(actor, ReasonRequired)
    change_id, now = uuid7(), clock.now()
    async with deps.database.begin() as tx:
        await _check(tx, command.kind, command.details)
        await change_requests.add(
            tx,
            change_id=change_id,
            kind=command.kind,
            subject=command.subject,
            details=command.details,
            reason=reason,
            requested_by=person_id,
            now=now,
            expires_at=now + LIFE,
        )
        details = {"kind": command.kind.value, "id": str(change_id)}
        await audit_log.append(tx, actor=actor, act=Act.CHANGE_PROPOSED, subject=command.subject, details=details)
    return change_id


async def _check(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    match kind:
        case ChangeKind.GIVE_POWER:
            await _check_power(tx, details)
        case ChangeKind.REGISTER_CLIENT | ChangeKind.CHANGE_CLIENT:
            await _check_client(tx, kind, details)
        case ChangeKind.RESET_FACTORS:
            if not await staff.exists_present(tx, UUID(details["person_id"])):
                raise PersonNotFound
        case ChangeKind.DISABLE_CLIENT | ChangeKind.ENABLE_CLIENT | ChangeKind.ROTATE_SECRET:
            await _check_known(tx, client_id=details["client_id"])
        case ChangeKind.END_SESSIONS:
            check_whose_sessions(details)
            await _check_known(
                tx, client_id=details.get("client_id") or None, organisation=details.get("organisation") or None
            )
        case ChangeKind.OPEN_REGISTRATION:
            await check_opening(tx, details)
        case ChangeKind.ROTATE_KEYS:
            return


async def _check_power(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    asked, powers = power_of(details), await staff.powers(tx, SEPARATED)
    check_is_power(asked.post, powers)
    person_id = UUID(details["person_id"])
    if not await staff.exists_present(tx, person_id):
        raise PersonNotFound
    refuse_joined_powers([*await staff.holdings(tx, person_id), asked], powers)


async def _check_client(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    try:
        check_settings(details)
    except OAuthError as error:
        sentence = Violation("redirect_uris", f"设置不正确：{error.description}", error.description)
        raise RequestInvalid([sentence]) from error
    check_client_id(kind, is_known=await administered_clients.get(tx, details["client_id"]) is not None)
    await _check_known(tx, organisation=details["owner"], field="owner")


async def _check_known(
    tx: AsyncConnection, *, client_id: str | None = None, organisation: str | None = None, field: str = "organisation"
) -> None:
    """Raises RequestInvalid for an unknown client or organisation. `field`: the form's field of the organisation."""
    if client_id is not None and await administered_clients.get(tx, client_id) is None:
        raise RequestInvalid([Violation("client_id", "没有这个系统", "There is no such system")])
    if organisation is not None and await organisations.names(tx, organisation) is None:
        raise RequestInvalid([Violation(field, "没有这个单位", "There is no such organisation")])
