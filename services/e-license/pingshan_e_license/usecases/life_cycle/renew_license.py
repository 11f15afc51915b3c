"""Makes a licence's next version: a renewal (延续), a change (变更), or the correction of a slip (更正)."""

import json
from dataclasses import dataclass, field, replace
from uuid import UUID

from pingshan_kit import clock, idempotency
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import check_may_decide
from pingshan_e_license.domain.catalogue.attributes import normalised
from pingshan_e_license.domain.errors import LicenseNotFound
from pingshan_e_license.domain.issuing.requirements import check_content
from pingshan_e_license.domain.license import Act, LicenseOfType, check_grounds
from pingshan_e_license.domain.life_cycle.new_version import (
    NEEDS_PREREQUISITES,
    Wish,
    check_kind,
    next_identifier,
    wished_attributes,
    wished_dates,
    wished_holder,
)
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import flags, licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import Grounds, Locked, lock_license, read_license, supersede
from pingshan_e_license.usecases.signing import Draft, prove_prerequisites, signed_licenses


@dataclass(frozen=True, slots=True)
class RenewLicense:
    request_id: UUID
    license_id: UUID
    act: Act
    """RENEW, CHANGE or CORRECT."""
    wish: Wish
    reason: str = field(repr=False)
    legal_basis: str

    def canonical(self) -> str:
        """Returns a text that is equal for equal content in any request."""
        wish = self.wish
        holder = [wish.holder_name, wish.holder_code, wish.holder_code_type]
        content = [str(self.license_id), self.act, holder, wish.attributes, wish.effective_on, wish.expires_on]
        texts = [self.reason.strip(), self.legal_basis.strip()]
        return json.dumps([*content, *texts], sort_keys=True, ensure_ascii=False, default=str)


async def renew_license(deps: Dependencies, actor: Actor, command: RenewLicense) -> LicenseOfType:
    """Returns the new version as `shown_to` shows it; the same request id leads to the same version again.

    The version before is superseded in the same transaction. Raises LicenseNotFound; NotAllowed and LicenseTypeNotOurs
    by who asks; RequestInvalid by kind and grounds; HolderCodeInvalid, PeriodInvalid and AttributesInvalid by the
    content; LicenseSuspended, LicenseFinal and LicenseSuperseded by what was decided before; PrerequisiteMissing where
    a renewal, a change, or the right holder of a correction has no valid licence that must come first; NoVersionLeft;
    RequestIdReused where the request id came with another request.
    """
    async with deps.database.begin() as tx:
        known = await licenses.by_id(tx, deps.personal, command.license_id)
        if known is None:
            raise LicenseNotFound
        check_may_decide(actor, known)
        locked = await lock_license(tx, deps, known)
        index = deps.personal.index(command.canonical())
        request = {"renew": str(command.license_id), "wish": index.hex()}
        earlier = await idempotency.replay(tx, caller=actor.id, request_id=command.request_id, request=request)
        if earlier is not None:
            return shown_to(actor, await read_license(tx, deps, UUID(earlier["license_id"])))
        made = await _renew(tx, deps, actor, locked, command, index)
        response = {"license_id": str(made.license.license_id)}
        await idempotency.remember(tx, caller=actor.id, request_id=command.request_id, response=response)
    return shown_to(actor, made)


async def _renew(
    tx: AsyncConnection, deps: Dependencies, actor: Actor, locked: Locked, command: RenewLicense, index: bytes
) -> LicenseOfType:
    before, act = locked.license, command.act
    check_kind(act)
    grounds = Grounds(act, command.reason.strip(), command.legal_basis.strip())
    check_grounds(grounds.reason, grounds.legal_basis)
    superseded = before.after(act)
    [found] = await license_types.beside(tx, [before])
    [new] = await signed_licenses(tx, deps, [_new_version(found, command)])
    is_moved = new.holder.code != before.holder.code
    is_proven = act in NEEDS_PREREQUISITES or is_moved
    left_to_agency = await prove_prerequisites(tx, deps, new.holder.code, found.type) if is_proven else []
    made = LicenseOfType(replace(new, is_flagged=before.is_flagged and not is_proven), found.type)
    await supersede(
        tx,
        deps,
        actor,
        LicenseOfType(superseded, found.type),
        made,
        grounds,
        effective_at=new.issued_at if act is Act.CORRECT else new.period.begins_at,
        request_index=index,
        left_to_agency=left_to_agency,
    )
    if is_moved:  # the licences of whom it was never meant for stood on it
        cause, number = before.license_id, superseded.revision
        await flags.raise_all(tx, locked.dependants, cause_id=cause, cause_number=number, at=new.issued_at)
    elif not is_proven:
        await flags.carry_over(tx, before.license_id, new.license_id)
    return made


def _new_version(found: LicenseOfType, command: RenewLicense) -> Draft:
    before, act, today = found.license, command.act, clock.today()
    identifier = next_identifier(before)
    holder = wished_holder(act, before, command.wish)
    attributes = normalised(wished_attributes(found.type, before, command.wish))
    effective_on, expires_on = wished_dates(act, before, command.wish, today)
    period = check_content(
        found.type,
        serial_number=before.serial_number,
        holder=holder,
        attributes=attributes,
        effective_on=effective_on,
        expires_on=expires_on,
        case_id="",
        by_hand=False,
        today=today,
    )
    case_id = before.case_id if act is Act.CORRECT else ""
    return Draft(found.type, identifier, holder, attributes, period, case_id)
