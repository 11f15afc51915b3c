"""Issue a licence: checked, numbered, signed, once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pingshan_events.e_license import LicenseIssued
from pingshan_kit import clock, commands, outbox, records
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.signer import Signer, new_salt
from pingshan_e_license.domain.access import check_may_issue
from pingshan_e_license.domain.attributes import check_attributes, normalised
from pingshan_e_license.domain.catalogue import LicenseType, Origin
from pingshan_e_license.domain.credential import unsigned_credential
from pingshan_e_license.domain.errors import (
    Invalid,
    LicenseNotFound,
    LicenseTypeUnknown,
    PrerequisiteMissing,
    RequestInvalid,
    SerialTaken,
    Violation,
)
from pingshan_e_license.domain.holder import Holder, check_holder
from pingshan_e_license.domain.identifier import Identifier, is_serial_number
from pingshan_e_license.domain.license import License, LicenseOfType, Standing, Transition
from pingshan_e_license.domain.texts import is_storable, shown, text_violation
from pingshan_e_license.domain.validity import period_by_rule
from pingshan_e_license.store import license_types, licenses, transitions

_LONGEST_NAME = 200
_LONGEST_CASE_ID = 64


@dataclass(frozen=True)
class Order:
    """What is to be issued."""

    type: str
    serial_number: str
    """1 to 32 of 0-9 A-Z, unique within the type."""
    holder: Holder
    attributes: Mapping[str, Any] = field(repr=False)
    effective_on: date | None = None
    """None means today, where the type's rule allows."""
    expires_on: date | None = None
    """None means by the type's rule."""
    case_id: str = ""

    def canonical(self) -> str:
        holder = [self.holder.name, self.holder.code, self.holder.code_type]
        content = [self.type, self.serial_number, holder, self.attributes, self.effective_on, self.expires_on]
        return json.dumps([*content, self.case_id], sort_keys=True, ensure_ascii=False, default=str)


async def issue_license(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    signer: Signer,
    order: Order,
    *,
    issuer: str,
    request_id: UUID,
) -> LicenseOfType:
    """The new licence, or the one that the same order, or the same request id, made before.

    Raises:
        LicenseTypeUnknown, LicenseTypeNotOurs, LicenseTypeNotIssuedHere, NotAllowed: who and what.
        RequestInvalid, HolderCodeInvalid, AttributesInvalid, PeriodInvalid: the order's content.
        SerialTaken: another order has that serial number.
        PrerequisiteMissing: the holder lacks a valid licence that must come first.
        RequestIdReused: the request id came with another order.

    """
    order = _normalised(order)
    async with database.begin() as tx:
        license_type = await license_types.by_code(tx, order.type)
        if license_type is None:
            raise LicenseTypeUnknown(type=shown(order.type))
        check_may_issue(actor, license_type, order.case_id)
        _check_order(order, license_type)
        request_index = personal.index(order.canonical())
        request = {"order": request_index.hex()}
        earlier = await commands.replay(tx, caller=actor.id, request_id=request_id, request=request)
        if earlier is not None:
            return await _stored(tx, personal, license_type, UUID(earlier["license_id"]))
        issued = await _issued_once(tx, actor, personal, signer, order, license_type, issuer, request_index)
        await commands.remember(
            tx, caller=actor.id, request_id=request_id, response={"license_id": str(issued.license.license_id)}
        )
    return issued


def _normalised(order: Order) -> Order:
    attributes = normalised(order.attributes)
    holder = Holder(order.holder.name.strip(), order.holder.code.strip(), order.holder.code_type)
    return Order(
        order.type, order.serial_number, holder, attributes, order.effective_on, order.expires_on, order.case_id
    )


def _check_order(order: Order, license_type: LicenseType) -> None:
    """Everything that is wrong at once, under the code of the first kind of refusal."""
    checks: tuple[Callable[[], object], ...] = (
        lambda: _check_fields(order),
        lambda: check_holder(order.holder, license_type.holder_kinds),
        lambda: period_by_rule(license_type.validity, order.effective_on, order.expires_on, clock.today()),
        lambda: check_attributes(license_type, order.attributes),
    )
    refusals = []
    for check in checks:
        try:
            check()
        except Invalid as refused:
            refusals.append(refused)
    if refusals:
        raise type(refusals[0])(tuple(violation for refused in refusals for violation in refused.violations))


def _check_fields(order: Order) -> None:
    violations = []
    if not is_serial_number(order.serial_number):
        violations.append(
            Violation(
                "serial_number", "流水号须为 1 至 32 位数字或大写字母。", "The serial number is 1 to 32 of 0-9 A-Z."
            )
        )
    sentences = ("请填写持证主体名称，最多 200 字。", "The holder's name has 1 to 200 characters.")
    for_name = text_violation("holder_name", order.holder.name, _LONGEST_NAME, *sentences)
    if for_name:
        violations.append(for_name)
    if len(order.case_id) > _LONGEST_CASE_ID or not is_storable(order.case_id):
        violations.append(Violation("case_id", "办件编号最多 64 位。", "A case id has at most 64 characters."))
    if violations:
        raise RequestInvalid(tuple(violations))


async def _issued_once(
    tx: AsyncConnection,
    actor: Actor,
    personal: PersonalData,
    signer: Signer,
    order: Order,
    license_type: LicenseType,
    issuer: str,
    request_index: bytes,
) -> LicenseOfType:
    known = await licenses.by_serial(tx, order.type, order.serial_number)
    if known is None:
        unproven = await _check_prerequisites(tx, personal, order, license_type)
        new = _sign(signer, order, license_type, issuer)
        if await licenses.add(
            tx, personal, new, personal_names=license_type.personal_attributes, request_index=request_index
        ):
            issued = LicenseOfType(new, license_type)
            await _tell(tx, actor, personal, issued, unproven)
            return issued
        known = await licenses.by_serial(tx, order.type, order.serial_number)
    if known is None or known[1] != request_index:
        raise SerialTaken(serial_number=order.serial_number)
    return await _stored(tx, personal, license_type, known[0])


async def _stored(
    tx: AsyncConnection, personal: PersonalData, license_type: LicenseType, license_id: UUID
) -> LicenseOfType:
    known = await licenses.by_id(tx, personal, license_id)
    if known is None:
        raise LicenseNotFound
    return LicenseOfType(known, license_type)


async def _check_prerequisites(
    tx: AsyncConnection, personal: PersonalData, order: Order, license_type: LicenseType
) -> list[str]:
    """The prerequisites that nobody can prove here, because their types are collected or relayed: the agency checks."""
    required = await license_types.by_codes(tx, license_type.prerequisites)
    provable = {code: each for code, each in required.items() if each.origin is Origin.ISSUED}
    held = await licenses.held_types(tx, personal, order.holder.code, provable, clock.today())
    missing = [each for code, each in provable.items() if code not in held]
    if missing:
        raise PrerequisiteMissing(
            names_zh="、".join(each.name_zh for each in missing),
            names_en=", ".join(each.name_en for each in missing),
        )
    return sorted(required.keys() - provable.keys())


def _sign(signer: Signer, order: Order, license_type: LicenseType, issuer: str) -> License:
    issued_at = clock.now().replace(microsecond=0)
    period = period_by_rule(license_type.validity, order.effective_on, order.expires_on, clock.today())
    identifier = Identifier(license_type.type_code, license_type.authority, order.serial_number, version=1)
    unsigned = unsigned_credential(
        license_type,
        identifier,
        order.holder,
        order.attributes,
        period,
        issuer=issuer,
        issued_at=issued_at,
        salt=new_salt,
    )
    return License(
        license_id=uuid7(),
        identifier=str(identifier),
        type=license_type.code,
        agency=license_type.agency,
        serial_number=order.serial_number,
        version=identifier.version,
        holder=order.holder,
        attributes=order.attributes,
        period=period,
        issued_at=issued_at,
        case_id=order.case_id,
        credential=signer.sign(unsigned),
    )


async def _tell(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, issued: LicenseOfType, unproven: list[str]
) -> None:
    new, license_type = issued.license, issued.type
    license_id = str(new.license_id)
    correlation_id = new.case_id or license_id
    mark(license_id=license_id, correlation_id=correlation_id, **({"case_id": new.case_id} if new.case_id else {}))
    first = Transition(1, Standing.VALID, new.period.begins_at, new.issued_at, actor.id)
    await transitions.add(tx, personal, new.license_id, first)
    details = {"type": new.type, "identifier": new.identifier, "case_id": new.case_id, "left_to_agency": unproven}
    await records.append(tx, actor=actor, act="license.issued", subject=license_id, details=details)
    await outbox.publish(
        tx,
        LicenseIssued(
            event_id=uuid7(),
            aggregate_id=license_id,
            aggregate_version=new.revision,
            correlation_id=correlation_id,
            occurred_at=clock.now(),
            license_id=license_id,
            identifier=new.identifier,
            type=new.type,
            type_name_zh=license_type.name_zh,
            type_name_en=license_type.name_en,
            agency=new.agency,
            case_id=new.case_id,
        ),
    )
    log.info("license.issued", license_id=license_id, type=new.type, case_id=new.case_id)
