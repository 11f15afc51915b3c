"""Lists the addresses of all status lists, for who keeps them all, such as an inspector's pack."""

from pingshan_e_license.domain.transparency.status import list_uri
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_status_lists(deps: Dependencies) -> list[str]:
    """Returns the addresses in the order of types and numbers (draft-ietf-oauth-status-list-21, section 9.3)."""
    async with deps.database.read() as tx:
        return [list_uri(deps.issuer, *each) for each in await status_lists.all_lists(tx)]
