"""An order for a licence: what single and bulk issuing check, sign and write alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from pingshan_events.e_license import LicenseIssued
from pingshan_kit import audit_log, clock
from pingshan_kit.audit_log import Record
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.clients.signer import new_salt
from pingshan_e_license.domain.access import issues_by_hand, issues_for_case
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.credential import unsigned_credential
from pingshan_e_license.domain.identifier import Identifier, serials_for_case
from pingshan_e_license.domain.issuing.content import LicenseContent
from pingshan_e_license.domain.issuing.requirements import check_content
from pingshan_e_license.domain.license import License, Standing, Transition
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.life_cycle import licenses, transitions
from pingshan_e_license.store.life_cycle.licenses import KnownSerial, NewLicense
from pingshan_e_license.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class Order:
    content: LicenseContent
    type: LicenseType
    index: bytes = field(repr=False)
    """Keyed hash of the content, which tells a repeated order from another one."""
    holder_index: bytes = field(repr=False)
    is_for_case: bool
    is_by_hand: bool

    @property
    def serial_numbers(self) -> Iterable[str]:
        wanted = self.content.serial_number
        return serials_for_case(wanted) if self.is_for_case else [wanted]

    def numbered(self, serial_number: str) -> "Order":
        return replace(self, content=replace(self.content, serial_number=serial_number))

    def led_to(self, known: KnownSerial) -> bool:
        """Returns True if the licence is of the same content, or the case's one licence of the type."""
        of_case = (self.content.case_id, self.holder_index) == (known.case_id, known.holder_index)
        return known.request_index == self.index or (self.is_for_case and of_case)


@dataclass(frozen=True, slots=True)
class Signed:
    """Is a licence that is signed and not written yet."""

    license: License
    order: Order
    left_to_agency: Sequence[str]
    """Codes of prerequisites that are issued elsewhere, which the agency has to check."""


def order_of(deps: Dependencies, actor: Actor, content: LicenseContent, license_type: LicenseType) -> Order:
    content = content.normalised()
    return Order(
        content,
        license_type,
        index=deps.personal.index(content.canonical()),
        holder_index=deps.personal.index(content.holder.code),
        is_for_case=issues_for_case(actor, content.case_id),
        is_by_hand=issues_by_hand(actor),
    )


def check_order(order: Order) -> Period:
    """Returns from when until when the licence holds. Raises as `check_content`."""
    content = order.content
    return check_content(
        order.type,
        serial_number=content.serial_number,
        holder=content.holder,
        attributes=content.attributes,
        effective_on=content.effective_on,
        expires_on=content.expires_on,
        case_id=content.case_id,
        by_hand=order.is_by_hand,
        today=clock.today(),
    )


def sign(deps: Dependencies, order: Order, period: Period, left_to_agency: Sequence[str]) -> Signed:
    content, license_type = order.content, order.type
    issued_at = clock.now().replace(microsecond=0)
    identifier = Identifier(license_type.type_code, license_type.authority, content.serial_number, version=1)
    unsigned = unsigned_credential(
        license_type,
        identifier,
        content.holder,
        content.attributes,
        period,
        issuer=deps.issuer,
        issued_at=issued_at,
        salt=new_salt,
    )
    new = License(
        license_id=uuid7(),
        identifier=str(identifier),
        type=license_type.code,
        agency=license_type.agency,
        serial_number=content.serial_number,
        version=identifier.version,
        holder=content.holder,
        attributes=content.attributes,
        period=period,
        issued_at=issued_at,
        case_id=content.case_id,
        credential=deps.signer.sign(unsigned),
    )
    return Signed(new, order, left_to_agency)


async def write_issued(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, signed: Sequence[Signed]
) -> frozenset[UUID]:
    """Writes licences, their first transitions, records and events, and returns the ids of those that are written.

    Left out are those whose serial number another order has taken meanwhile.
    """
    added = [
        NewLicense(each.license, each.order.type.personal_attributes, each.order.index)
        for each in sorted(signed, key=lambda each: each.license.identifier)  # two at once wait in one order
    ]
    written = await licenses.add_all(tx, deps.personal, added)
    issued = [each for each in signed if each.license.license_id in written]
    first = [
        (new.license_id, Transition(1, Standing.VALID, new.period.begins_at, new.issued_at, actor.id))
        for new in (each.license for each in issued)
    ]
    await transitions.add_all(tx, deps.personal, first)
    await audit_log.append_all(tx, [_record(actor, each) for each in issued])
    await outbox.publish_all(tx, [_event(each) for each in issued])
    return written


def _record(actor: Actor, issued: Signed) -> Record:
    new = issued.license
    details = {
        "type": new.type,
        "identifier": new.identifier,
        "case_id": new.case_id,
        "left_to_agency": list(issued.left_to_agency),
    }
    return Record(actor=actor, act="license.issued", subject=str(new.license_id), details=details)


def _event(issued: Signed) -> LicenseIssued:
    new, license_type = issued.license, issued.order.type
    license_id = str(new.license_id)
    return LicenseIssued(
        event_id=uuid7(),
        aggregate_id=license_id,
        aggregate_version=new.revision,
        correlation_id=new.case_id or license_id,
        occurred_at=clock.now(),
        license_id=license_id,
        identifier=new.identifier,
        type=new.type,
        type_name_zh=license_type.name_zh,
        type_name_en=license_type.name_en,
        agency=new.agency,
        case_id=new.case_id,
    )
