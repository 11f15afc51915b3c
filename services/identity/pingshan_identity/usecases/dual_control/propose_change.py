"""Propose a change that needs two people."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.errors import InvalidRequest
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import SEPARATED, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client_settings import check_settings
from pingshan_identity.domain.dual_control.change_request import LIFE, ChangeKind, proposer
from pingshan_identity.domain.errors import PersonNotFound, ReasonRequired
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.people.powers import Holding, refuse_joined_powers
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.people import organisations, staff
from pingshan_identity.usecases.clients.initial_access_token import check_opening

_LONGEST_REASON = 200


async def propose_change(
    actor: Actor,
    database: Database,
    *,
    kind: ChangeKind,
    subject: str,
    details: Mapping[str, Any],
    reason: str,
) -> UUID:
    """The proposal's id; what could never be applied is refused here already.

    Raises:
        AdministratorRequired, InvalidRequest, PersonNotFound, PowersJoined, ReasonRequired.

    """
    require_role(actor, proposer(kind))
    if not reason.strip() or actor.person_id is None:
        raise ReasonRequired
    change_id, now = uuid7(), clock.now()
    async with database.begin() as tx:
        await _check(tx, kind, details)
        await change_requests.add(
            tx,
            change_id=change_id,
            kind=kind,
            subject=subject,
            details=details,
            reason=reason.strip()[:_LONGEST_REASON],
            requested_by=actor.person_id,
            now=now,
            expires_at=now + LIFE,
        )
        await audit_log.append(
            tx,
            actor=actor,
            act=Act.CHANGE_PROPOSED,
            subject=subject,
            details={"kind": kind.value, "id": str(change_id)},
        )
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
            if await administered_clients.get(tx, details["client_id"]) is None:
                raise InvalidRequest([("client_id", "没有这个系统", "There is no such system")])
        case ChangeKind.END_SESSIONS:
            await _check_end(tx, details)
        case ChangeKind.OPEN_REGISTRATION:
            await check_opening(tx, details)
        case ChangeKind.ROTATE_KEYS:
            return


async def _check_end(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    client_id, code = details.get("client_id"), details.get("organisation")
    if bool(client_id) == bool(code):
        raise InvalidRequest([("organisation", "请选择一个单位或一个系统", "Choose one organisation or one system")])
    if client_id and await administered_clients.get(tx, client_id) is None:
        raise InvalidRequest([("client_id", "没有这个系统", "There is no such system")])
    if code and await organisations.names(tx, code) is None:
        raise InvalidRequest([("organisation", "没有这个单位", "There is no such organisation")])


async def _check_power(tx: AsyncConnection, details: Mapping[str, Any]) -> None:
    powers = await staff.powers(tx, SEPARATED)
    if details["post"] not in powers:
        raise InvalidRequest([("power", "这个岗位不需要两人审批", "This post does not need two people")])
    person_id = UUID(details["person_id"])
    if not await staff.exists_present(tx, person_id):
        raise PersonNotFound
    until = date.fromisoformat(details["until"]) if details["until"] else None
    asked = Holding(details["post"], date.fromisoformat(details["since"]), until)
    refuse_joined_powers([*await staff.holdings(tx, person_id), asked], powers)


async def _check_client(tx: AsyncConnection, kind: ChangeKind, details: Mapping[str, Any]) -> None:
    try:
        check_settings(details)
    except OAuthError as error:
        raise InvalidRequest([("redirect_uris", f"设置不正确：{error.description}", error.description)]) from error
    known = await administered_clients.get(tx, details["client_id"])
    if (known is None) != (kind is ChangeKind.REGISTER_CLIENT):
        raise InvalidRequest([("client_id", "系统编码已被使用，或没有这个系统", "The id is taken, or unknown")])
    if await organisations.names(tx, details["owner"]) is None:
        raise InvalidRequest([("owner", "没有这个单位", "There is no such organisation")])
