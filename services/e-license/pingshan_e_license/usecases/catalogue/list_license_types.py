"""Lists the catalogue, for everybody."""

from pingshan_kit.paging import Page, checked_size, checked_token

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_license_types(
    deps: Dependencies, *, agency: str = "", text: str = "", page_size: int = 0, page_token: str = ""
) -> Page[LicenseType]:
    """Returns one page in the order of the catalogue; `text` is looked for in names and codes.

    Raises InvalidRequest for a wrong page size or token.
    """
    size = checked_size(page_size)
    after = checked_token(page_token, _number) or 0
    async with deps.database.read() as tx:
        fetched = await license_types.page(tx, agency=agency, text=text.strip(), after=after, limit=size + 1)
    token = str(fetched[size - 1][0]) if len(fetched) > size else ""
    return Page(tuple(each for _, each in fetched[:size]), token)


def _number(token: str) -> int:
    """Returns the place in the catalogue, 0 to 2³¹-1 as in PostgreSQL's integer. Raises ValueError."""
    number = int(token)
    if not 0 <= number < 2**31:
        raise ValueError(token)
    return number
