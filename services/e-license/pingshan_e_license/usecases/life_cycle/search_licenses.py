"""Searches licences by holder, type, number and state."""

from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import search_scope
from pingshan_e_license.domain.license import LicenseOfType, State
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.evidence import confirmed


async def search_licenses(
    deps: Dependencies,
    actor: Actor,
    *,
    holder_code: str = "",
    type_code: str = "",
    text: str = "",
    state: State | None = None,
    page_size: int = 0,
    page_token: str = "",
) -> Page[LicenseOfType]:
    """Returns one page, the newest first and as `shown_to` shows them; issuers find their own agency's licences only.

    `text` is the begin of a serial number, or an identifier; `state` is today's.

    Raises NotAllowed, and InvalidRequest for a wrong page size or token.
    """
    criteria = licenses.Criteria(
        agency=search_scope(actor),
        type=type_code,
        holder_codes=(holder_code,) if holder_code else None,
        text=text,
        state=state,
        today=clock.today(),
    )
    size = checked_size(page_size)
    before = checked_token(page_token, UUID)
    async with deps.database.read() as tx:
        fetched = await licenses.page(tx, deps.personal, criteria, before=before, limit=size + 1)
        found = await confirmed(tx, deps, await license_types.beside(tx, fetched))
    return cut([shown_to(actor, each) for each in found], size, lambda each: each.license.license_id)
