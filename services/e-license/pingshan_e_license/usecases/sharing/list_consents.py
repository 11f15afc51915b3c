"""Lists consents: to the public their own, to an agency those that it asked for."""

from uuid import UUID

from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import consent_scope
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.store.sharing import consents
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_consents(deps: Dependencies, actor: Actor, *, page_size: int = 0, page_token: str = "") -> Page[Consent]:
    """Returns one page, the newest first; of the public those whose holder they are or act for.

    Raises NotAllowed, and InvalidRequest for a wrong page size or token.
    """
    requester = consent_scope(actor)
    holder_codes = actor.act_for if requester is None else None
    size = checked_size(page_size)
    before = checked_token(page_token, UUID)
    async with deps.database.read() as tx:
        fetched = await consents.page(
            tx, deps.personal, holder_codes=holder_codes, requester=requester, before=before, limit=size + 1
        )
    return cut(fetched, size, lambda each: each.consent_id)
