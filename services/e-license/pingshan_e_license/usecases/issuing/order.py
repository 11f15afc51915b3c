"""An order for a licence: what single and bulk issuing check, sign and write alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pingshan_kit import clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import issues_by_hand, issues_for_case
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.identifier import Identifier, serials_for_case
from pingshan_e_license.domain.issuing.content import LicenseContent
from pingshan_e_license.domain.issuing.requirements import check_content
from pingshan_e_license.domain.license import Act, License, LicenseOfType, Transition
from pingshan_e_license.domain.validity import Period
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.life_cycle.licenses import KnownSerial, NewLicense
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import Decided, record_decisions
from pingshan_e_license.usecases.signing import Draft, signed_licenses


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
class Checked:
    """Is an order that is fit to be signed."""

    order: Order
    period: Period
    left_to_agency: Sequence[str]
    """Codes of prerequisites that are issued elsewhere, which the agency has to check."""

    @property
    def draft(self) -> Draft:
        content, license_type = self.order.content, self.order.type
        return Draft(
            license_type,
            Identifier(license_type.type_code, license_type.authority, content.serial_number, version=1),
            content.holder,
            content.attributes,
            self.period,
            content.case_id,
        )


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


async def write_issued(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, checked: Sequence[Checked]
) -> list[LicenseOfType | None]:
    """Signs licences and writes them with the decisions that issued them; returns them in the order of `checked`.

    None stands for one whose serial number another order has taken meanwhile.
    """
    signed = list(zip(checked, await signed_licenses(tx, deps, [each.draft for each in checked]), strict=True))
    added = [
        NewLicense(new, each.order.type.personal_attributes, each.order.index)
        for each, new in sorted(signed, key=lambda pair: pair[1].identifier)  # two at once wait in one order
    ]
    written = await licenses.add_all(tx, deps.personal, added)
    await status_lists.give_back(tx, [new.license_id for _, new in signed if new.license_id not in written])
    issued = [(each, new) for each, new in signed if new.license_id in written]
    await record_decisions(tx, deps, actor, [_decided(actor, each, new) for each, new in issued])
    return [LicenseOfType(new, each.order.type) if new.license_id in written else None for each, new in signed]


def _decided(actor: Actor, checked: Checked, new: License) -> Decided:
    first = Transition(1, new.standing, new.period.begins_at, new.issued_at, actor.id, act=Act.ISSUE)
    left_to_agency = list(checked.left_to_agency)
    details = {"identifier": new.identifier, "case_id": new.case_id, "left_to_agency": left_to_agency}
    return Decided(LicenseOfType(new, checked.order.type), first, details)
