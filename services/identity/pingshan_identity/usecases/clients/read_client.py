"""Reads one system that relies on our sign-in, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.errors import NotFound
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.clients.administered_clients import ClientRow
from pingshan_identity.store.organisations import organisations
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ClientView:
    row: ClientRow | None
    """The client; None for a new one."""
    organisations: Sequence[tuple[str, str, str]]
    """Code, Chinese and English name, ordered by code."""

    @property
    def names(self) -> dict[str, tuple[str, str]]:
        """Returns the Chinese and English names of organisations, by code."""
        return {code: (zh, en) for code, zh, en in self.organisations}


async def read_client(deps: Dependencies, actor: Actor, *, client_id: str | None) -> ClientView:
    """Returns the client, or an empty form for None. Raises AdministratorRequired, NotFound for an unknown id."""
    check_may_administer(actor, AdministrativeAct.READ_CLIENT)
    async with deps.database.read() as tx:
        row = await administered_clients.get(tx, client_id) if client_id is not None else None
        named = [(each.code, each.name_zh, each.name_en) for each in await organisations.page(tx, after="", limit=500)]
    if client_id is not None and row is None:
        raise NotFound
    return ClientView(row, named)
