"""Lists the systems that rely on our sign-in, for administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingshan_kit import clock
from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.dual_control.change_request import ChangeKind, proposers
from pingshan_identity.store.clients import administered_clients, registrations
from pingshan_identity.store.clients.administered_clients import ClientRow
from pingshan_identity.store.clients.registrations import InitialToken
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies

MOST_TOKENS = 100
"""Most initial access tokens that the page shows, the latest ones."""


@dataclass(frozen=True, slots=True)
class ClientPage:
    rows: Sequence[ClientRow]
    after: str | None
    tokens: Sequence[InitialToken]
    """Initial access tokens with which systems may register themselves now; on the first page."""
    makers: Mapping[str, str] = field(repr=False)
    """Names of who asked for them, by person id."""
    organisations: Mapping[str, tuple[str, str]]
    """Chinese and English names, by code."""


async def list_clients(deps: Dependencies, actor: Actor, *, search: str, after: str) -> ClientPage:
    """Returns a page of clients whose id or name contains `search`, by client id. Raises AdministratorRequired.

    `after`: client id to go on from; empty for the first page.
    """
    check_may_administer(actor, AdministrativeAct.LIST_CLIENTS)
    async with deps.database.read() as tx:
        rows = await administered_clients.page(tx, search=search.strip(), after=after, limit=PAGE_SIZE + 1)
        makers = proposers(ChangeKind.OPEN_REGISTRATION)
        tokens = await registrations.good_initial_tokens(tx, makers, clock.now(), MOST_TOKENS) if not after else []
        names = await staff.names(tx, deps.personal, sorted({each.made_by for each in tokens}))
        owners = await organisations.names_by_code(tx)
    more = len(rows) > PAGE_SIZE
    further = rows[PAGE_SIZE - 1].values["client_id"] if more else None
    return ClientPage(rows[:PAGE_SIZE], further, tokens, names, owners)
