"""Issues a licence: checked, numbered, signed, once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from pingshan_events.e_license import LicenseIssued
from pingshan_kit import audit_log, clock, idempotency
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor
from pingshan_values.text import shown
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.signer import new_salt
from pingshan_e_license.domain.access import check_may_issue, issues_by_hand, issues_for_case
from pingshan_e_license.domain.catalogue.attributes import normalised
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import unsigned_credential
from pingshan_e_license.domain.errors import LicenseNotFound, LicenseTypeUnknown, SerialTaken
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier, serials_for_case
from pingshan_e_license.domain.issuing.requirements import check_content, check_prerequisites
from pingshan_e_license.domain.license import License, LicenseOfType, Standing, Transition
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses, transitions
from pingshan_e_license.store.life_cycle.licenses import KnownSerial
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.signing_keys import SigningKey, signing_key


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
    unproven = await _check_prerequisites(tx, deps, order.command, order.type)
    signs_with = await signing_key(tx, deps, order.type.agency)
    new = _sign(deps, order.command, order.type, period, signs_with)
    names = order.type.personal_attributes
    if not await licenses.add(tx, deps.personal, new, personal_names=names, request_index=order.index):
        return None
    await _record(tx, deps, actor, new, unproven)
    issued = LicenseOfType(new, order.type)
    await _publish(tx, issued)
    return issued


async def _stored(
    tx: AsyncConnection, deps: Dependencies, license_type: LicenseType, license_id: UUID
) -> LicenseOfType:
    known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    return LicenseOfType(known, license_type)


async def _check_prerequisites(
    tx: AsyncConnection, deps: Dependencies, command: IssueLicense, license_type: LicenseType
) -> list[str]:
    required = await license_types.by_codes(tx, license_type.prerequisites)
    held = await licenses.held(tx, deps.personal, command.holder.code, required)
    return check_prerequisites(required, held, clock.today())


def _sign(
    deps: Dependencies, command: IssueLicense, license_type: LicenseType, period: Period, signs_with: SigningKey
) -> License:
    issued_at = clock.now().replace(microsecond=0)
    identifier = Identifier(license_type.type_code, license_type.authority, command.serial_number, version=1)
    unsigned = unsigned_credential(
        license_type,
        identifier,
        command.holder,
        command.attributes,
        period,
        issuer=deps.issuer,
        issued_at=issued_at,
        salt=new_salt,
    )
    return License(
        license_id=uuid7(),
        identifier=str(identifier),
        type=license_type.code,
        agency=license_type.agency,
        serial_number=command.serial_number,
        version=identifier.version,
        holder=command.holder,
        attributes=command.attributes,
        period=period,
        issued_at=issued_at,
        case_id=command.case_id,
        credential=deps.signer.sign(unsigned, signs_with.key, signs_with.private_jwk),
    )


async def _record(tx: AsyncConnection, deps: Dependencies, actor: Actor, new: License, unproven: list[str]) -> None:
    license_id = str(new.license_id)
    first = Transition(1, Standing.VALID, new.period.begins_at, new.issued_at, actor.id)
    await transitions.add(tx, deps.personal, new.license_id, first)
    details = {"type": new.type, "identifier": new.identifier, "case_id": new.case_id, "left_to_agency": unproven}
    await audit_log.append(tx, actor=actor, act="license.issued", subject=license_id, details=details)


async def _publish(tx: AsyncConnection, issued: LicenseOfType) -> None:
    new, license_type = issued.license, issued.type
    license_id = str(new.license_id)
    correlation_id = new.case_id or license_id
    mark(license_id=license_id, correlation_id=correlation_id, **({"case_id": new.case_id} if new.case_id else {}))
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
