"""Issues a licence: checked, numbered, signed, once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from pingshan_kit import clock, idempotency
from pingshan_values.actor import Actor
from pingshan_values.text import shown
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_issue, issues_by_hand, issues_for_case
from pingshan_e_license.domain.catalogue.attributes import normalised
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import LicenseNotFound, LicenseTypeUnknown, SerialTaken
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier, serials_for_case
from pingshan_e_license.domain.issuing.requirements import check_content
from pingshan_e_license.domain.license import Act, LicenseOfType, Transition
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.life_cycle.licenses import KnownSerial
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import record_decision
from pingshan_e_license.usecases.signing import prove_prerequisites, signed_license


@dataclass(frozen=True, slots=True)
class IssueLicense:
    request_id: UUID
    type: str
    serial_number: str
    """1 to 32 characters of 0-9 and A-Z, unique within the type."""
    holder: Holder
    attributes: Mapping[str, Any] = field(repr=False)
    effective_on: date | None = None
    """None for today, which the rule `specified` does not allow."""
    expires_on: date | None = None
    """None for the end that follows from the type's rule."""
    case_id: str = ""

    def normalised(self) -> "IssueLicense":
        return replace(self, holder=self.holder.stripped(), attributes=normalised(self.attributes))

    def canonical(self) -> str:
        """Returns a text that is equal for equal content in any request; its keyed hash is stored with the licence."""
        holder = [self.holder.name, self.holder.code, self.holder.code_type]
        content = [self.type, self.serial_number, holder, self.attributes, self.effective_on, self.expires_on]
        return json.dumps([*content, self.case_id], sort_keys=True, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class _Order:
    command: IssueLicense
    type: LicenseType
    index: bytes = field(repr=False)
    """Keyed hash of the content, which tells a repeated order from another one."""
    holder_index: bytes = field(repr=False)
    is_for_case: bool
    is_by_hand: bool

    @property
    def serial_numbers(self) -> Iterable[str]:
        wanted = self.command.serial_number
        return serials_for_case(wanted) if self.is_for_case else [wanted]

    def led_to(self, known: KnownSerial) -> bool:
        """Returns True if the licence is of the same content, or the case's one licence of the type."""
        of_case = (self.command.case_id, self.holder_index) == (known.case_id, known.holder_index)
        return known.request_index == self.index or (self.is_for_case and of_case)


async def issue_license(deps: Dependencies, actor: Actor, command: IssueLicense) -> LicenseOfType:
    """Returns the new licence, or the one that the same content or the same request id led to before, on any day.

    A case gets one licence of a type, whoever asks for it how often; where somebody else's licence has the serial
    number that it wants, it gets the next of `serials_for_case`.

    Raises LicenseTypeUnknown, LicenseTypeNotOurs, LicenseTypeNotIssuedHere and NotAllowed by who asks for what;
    RequestInvalid, HolderCodeInvalid, AttributesInvalid and PeriodInvalid by the content; SerialTaken where a licence
    with other content has the serial number; PrerequisiteMissing where the holder lacks a valid licence that must come
    first; RequestIdReused where the request id came with other content.
    """
    command = command.normalised()
    async with deps.database.begin() as tx:
        license_type = await license_types.by_code(tx, command.type)
        if license_type is None:
            raise LicenseTypeUnknown(type=shown(command.type))
        check_may_issue(actor, license_type, command.case_id)
        order = _order(deps, actor, command, license_type)
        request = {"order": order.index.hex()}
        earlier = await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request)
        if earlier is not None:
            return await _stored(tx, deps, license_type, UUID(earlier["license_id"]))
        issued = await _issued_once(tx, deps, actor, order)
        await idempotency.remember(
            tx, caller=actor.id, request_id=command.request_id, response={"license_id": str(issued.license.license_id)}
        )
    return issued


def _order(deps: Dependencies, actor: Actor, command: IssueLicense, license_type: LicenseType) -> _Order:
    return _Order(
        command,
        license_type,
        index=deps.personal.index(command.canonical()),
        holder_index=deps.personal.index(command.holder.code),
        is_for_case=issues_for_case(actor, command.case_id),
        is_by_hand=issues_by_hand(actor),
    )


def _check_content(order: _Order) -> Period:
    command = order.command
    return check_content(
        order.type,
        serial_number=command.serial_number,
        holder=command.holder,
        attributes=command.attributes,
        effective_on=command.effective_on,
        expires_on=command.expires_on,
        case_id=command.case_id,
        by_hand=order.is_by_hand,
        today=clock.today(),
    )


async def _issued_once(tx: AsyncConnection, deps: Dependencies, actor: Actor, order: _Order) -> LicenseOfType:
    """Issues under the first serial number that is free for the order, or returns what the order led to before."""
    for serial_number in order.serial_numbers:
        known = await licenses.by_serial(tx, order.type.code, serial_number)
        if known is None:
            numbered = replace(order, command=replace(order.command, serial_number=serial_number))
            issued = await _issue(tx, deps, actor, numbered)
            if issued is not None:
                return issued
            known = await licenses.by_serial(tx, order.type.code, serial_number)  # another order was faster
        if known is not None and order.led_to(known):
            return await _stored(tx, deps, order.type, known.license_id)
    _check_content(order)
    raise SerialTaken(serial_number=order.command.serial_number)


async def _issue(tx: AsyncConnection, deps: Dependencies, actor: Actor, order: _Order) -> LicenseOfType | None:
    """Returns the new licence, None where another order has taken the serial number meanwhile."""
    period = _check_content(order)
    command = order.command
    unproven = await prove_prerequisites(tx, deps, command.holder.code, order.type)
    new = await signed_license(
        tx,
        deps,
        order.type,
        Identifier(order.type.type_code, order.type.authority, command.serial_number, version=1),
        holder=command.holder,
        attributes=command.attributes,
        period=period,
        case_id=command.case_id,
    )
    names = order.type.personal_attributes
    if not await licenses.add(tx, deps.personal, new, personal_names=names, request_index=order.index):
        await status_lists.give_back(tx, new.license_id)
        return None
    issued = LicenseOfType(new, order.type)
    await _record(tx, deps, actor, issued, unproven)
    return issued


async def _stored(
    tx: AsyncConnection, deps: Dependencies, license_type: LicenseType, license_id: UUID
) -> LicenseOfType:
    known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    return LicenseOfType(known, license_type)


async def _record(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, issued: LicenseOfType, unproven: list[str]
) -> None:
    new = issued.license
    first = Transition(1, new.standing, new.period.begins_at, new.issued_at, actor.id, act=Act.ISSUE)
    details = {"identifier": new.identifier, "case_id": new.case_id, "left_to_agency": unproven}
    await record_decision(tx, deps, actor, issued, first, **details)
