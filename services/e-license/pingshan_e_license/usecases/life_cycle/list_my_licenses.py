"""Lists the licences of the person who asks, and of those for whom that person acts (我的证照)."""

from uuid import UUID

from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.actor import Actor

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.evidence import confirmed


async def list_my_licenses(
    deps: Dependencies, actor: Actor, *, page_size: int = 0, page_token: str = ""
) -> Page[LicenseOfType]:
    """Returns one page, masked and the newest first; it is empty for an actor who acts for nobody.

    Raises InvalidRequest for a wrong page size or token.
    """
    size = checked_size(page_size)
    before = checked_token(page_token, UUID)
    mine = licenses.Criteria(holder_codes=actor.act_for)
    async with deps.database.read() as tx:
        fetched = await licenses.page(tx, deps.personal, mine, before=before, limit=size + 1)
        found = await confirmed(tx, deps, await license_types.beside(tx, fetched))
    return cut([shown_to(actor, each) for each in found], size, lambda each: each.license.license_id)
