"""Numbers recorded verifications as uses of their holders' data, and signs their receipts.

A verification is answered after one shared statement that records it. Counting a holder's uses, encrypting and
signing there would cost more than the answer, so that this follows from the sealed record, seconds later.
"""

from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.sharing.use import DataUse, UseBasis
from pingshan_e_license.domain.verification.conclusion import Result, shown_attributes
from pingshan_e_license.store.sharing import data_uses, held_licenses
from pingshan_e_license.store.sharing.data_uses import RecordedVerification
from pingshan_e_license.usecases.dependencies import Dependencies

_SEALS = 1_000
"""Records that one transaction looks through."""


async def number_verifications(deps: Dependencies) -> int:
    """Returns how many verifications got their number: all that were sealed when it began, each exactly once."""
    numbered = 0
    async with deps.database.read() as tx:
        newest, before = await data_uses.sealed_up_to(tx), await data_uses.numbered_up_to(tx)
    while before < newest:
        async with deps.database.begin() as tx:
            after = await data_uses.lock_numbered_up_to(tx)
            up_to = min(after + _SEALS, newest)
            found = await data_uses.verifications(tx, after=after, up_to=up_to)
            numbered += await _number(tx, deps, found)
            await data_uses.set_numbered_up_to(tx, max(after, up_to))
            before = up_to
    if numbered:
        log.info("verifications.numbered", count=numbered)
    return numbered


async def _number(tx: AsyncConnection, deps: Dependencies, found: list[RecordedVerification]) -> int:
    wanted = {each.license_id for each in found if each.license_id is not None}
    known = await held_licenses.by_ids(tx, deps.personal, wanted)
    uses = [_use(known[each.license_id], each) for each in found if each.license_id in known]
    if uses:
        await deps.uses.record(tx, uses)
    return len(uses)


def _use(licence: LicenseOfType, verified: RecordedVerification) -> DataUse:
    result = str(verified.details["result"])
    return DataUse(
        use_id=uuid7(),
        number=0,
        holder_code=licence.license.holder.code,
        requester=str(verified.details.get("organisation") or ""),
        basis=UseBasis.VERIFICATION,
        item="",
        types=(licence.license.type,),
        purpose=str(verified.details["purpose"]),
        fields=() if result == Result.UNKNOWN else tuple(shown_attributes(licence)),  # then nothing was shown
        predicates={},
        result=result,
        consent_id=None,
        used_at=verified.recorded_at,
    )
