"""Lists what of an agency's licences expires soon."""

from datetime import date, timedelta
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.paging import Page, checked_size, checked_token
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import expiry_scope
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.life_cycle.expiry import check_days
from pingshan_e_license.domain.masking import shown_to
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_expiring_licenses(
    deps: Dependencies, actor: Actor, *, days: int, page_size: int = 0, page_token: str = ""
) -> Page[LicenseOfType]:
    """Returns one page of those in force whose last day is within `days` from today, the first to expire first.

    Raises NotAllowed for everybody but issuers, RequestInvalid for days outside 1 to 366, and InvalidRequest for a
    wrong page size or token.
    """
    agency = expiry_scope(actor)
    check_days(days)
    size = checked_size(page_size)
    after = checked_token(page_token, _place)
    today = clock.today()
    async with deps.database.read() as tx:
        fetched = await licenses.expiring(
            tx, deps.personal, agency, days=(today, today + timedelta(days=days)), after=after, limit=size + 1
        )
        found = await license_types.beside(tx, fetched[:size])
    token = _token(found[-1]) if len(fetched) > size else ""
    return Page(tuple(shown_to(actor, each) for each in found), token)


def _token(last: LicenseOfType) -> str:
    return f"{last.license.period.expires_on}/{last.license.license_id}"


def _place(token: str) -> tuple[date, UUID]:
    """Returns day and id behind which the page begins. Raises ValueError."""
    day, _, license_id = token.partition("/")
    return date.fromisoformat(day), UUID(license_id)
