"""Issues a licence: checked, numbered, signed, once."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import idempotency
from pingshan_values.actor import Actor
from pingshan_values.text import shown
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_issue
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import LicenseNotFound, LicenseTypeUnknown, SerialTaken
from pingshan_e_license.domain.issuing.content import LicenseContent
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.order import Checked, Order, check_order, order_of, write_issued
from pingshan_e_license.usecases.life_cycle.shared import tell_of
from pingshan_e_license.usecases.signing import prove_prerequisites


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLicense(LicenseContent):
    request_id: UUID


async def issue_license(deps: Dependencies, actor: Actor, command: IssueLicense) -> LicenseOfType:
    """Returns the new licence, or the one that the same content or the same request id led to before, on any day.

    A case gets one licence of a type, whoever asks for it how often; where somebody else's licence has the serial
    number that it wants, it gets the next of `serials_for_case`.

    Raises LicenseTypeUnknown, LicenseTypeNotOurs, LicenseTypeNotIssuedHere and NotAllowed by who asks for what;
    RequestInvalid, HolderCodeInvalid, AttributesInvalid and PeriodInvalid by the content; SerialTaken where a licence
    with other content has the serial number; PrerequisiteMissing where the holder lacks a valid licence that must come
    first; RequestIdReused where the request id came with other content.
    """
    async with deps.database.begin() as tx:
        license_type = await license_types.by_code(tx, command.type)
        if license_type is None:
            raise LicenseTypeUnknown(type=shown(command.type))
        check_may_issue(actor, license_type, command.case_id)
        order = order_of(deps, actor, command, license_type)
        request = {"order": order.index.hex()}
        earlier = await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request)
        if earlier is not None:
            return await _stored(tx, deps, license_type, UUID(earlier["license_id"]))
        issued = await _issued_once(tx, deps, actor, order)
        await idempotency.remember(
            tx, caller=actor.id, request_id=command.request_id, response={"license_id": str(issued.license.license_id)}
        )
    return issued


async def _issued_once(tx: AsyncConnection, deps: Dependencies, actor: Actor, order: Order) -> LicenseOfType:
    """Issues under the first serial number that is free for the order, or returns what the order led to before."""
    for serial_number in order.serial_numbers:
        known = await licenses.by_serial(tx, order.type.code, serial_number)
        if known is None:
            issued = await _issue(tx, deps, actor, order.numbered(serial_number))
            if issued is not None:
                return issued
            known = await licenses.by_serial(tx, order.type.code, serial_number)  # another order was faster
        if known is not None and order.led_to(known):
            return await _stored(tx, deps, order.type, known.license_id)
    check_order(order)
    raise SerialTaken(serial_number=order.content.serial_number)


async def _issue(tx: AsyncConnection, deps: Dependencies, actor: Actor, order: Order) -> LicenseOfType | None:
    """Returns the new licence, None where another order has taken the serial number meanwhile."""
    period = check_order(order)
    unproven = await prove_prerequisites(tx, deps, order.content.holder.code, order.type)
    [issued] = await write_issued(tx, deps, actor, [Checked(order, period, unproven)])
    if issued is not None:
        tell_of(issued.license, "issue")
    return issued


async def _stored(
    tx: AsyncConnection, deps: Dependencies, license_type: LicenseType, license_id: UUID
) -> LicenseOfType:
    known = await licenses.by_id(tx, deps.personal, license_id)
    if known is None:
        raise LicenseNotFound
    return LicenseOfType(known, license_type)
