"""Lists the organisations of the district, which are public knowledge."""

from pingshan_kit.paging import Page, checked_size, checked_token, cut
from pingshan_values.text import is_text

from pingshan_identity.domain.organisations.organisation import Organisation
from pingshan_identity.store.organisations import organisations
from pingshan_identity.usecases.dependencies import Dependencies

_LONGEST_CODE = 100


async def list_organisations(deps: Dependencies, *, page_size: int = 0, page_token: str = "") -> Page[Organisation]:
    """Returns a page of organisations, ordered by code. Raises InvalidRequest for a bad page size or token."""
    size, after = checked_size(page_size), checked_token(page_token, _code)
    async with deps.database.read() as tx:
        found = await organisations.page(tx, after=after or "", limit=size + 1)
    return cut(found, size, lambda organisation: organisation.code)


def _code(page_token: str) -> str:
    if not is_text(page_token, _LONGEST_CODE):
        raise ValueError(page_token)
    return page_token
