"""Lists the systems that rely on our sign-in, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.clients.administered_clients import ClientRow
from pingshan_identity.usecases.dependencies import Dependencies

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ClientPage:
    rows: Sequence[ClientRow]
    after: str | None


async def list_clients(deps: Dependencies, actor: Actor, *, search: str, after: str) -> ClientPage:
    """Returns a page of clients whose id or name contains `search`, by client id. Raises AdministratorRequired.

    `after`: client id to go on from; empty for the first page.
    """
    require_role(actor, SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)
    async with deps.database.read() as tx:
        rows = await administered_clients.page(tx, search=search.strip(), after=after, limit=PAGE_SIZE + 1)
    more = len(rows) > PAGE_SIZE
    return ClientPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].values["client_id"] if more else None)
