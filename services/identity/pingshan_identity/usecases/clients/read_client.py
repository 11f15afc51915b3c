"""Reads one system that relies on our sign-in, for administrators."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit.errors import NotFound
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.clients.administered_clients import ClientRow
from pingshan_identity.store.people import organisations
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ClientView:
    row: ClientRow | None
    """The client; None for a new one."""
    organisations: Sequence[tuple[str, str, str]]


async def read_client(deps: Dependencies, actor: Actor, *, client_id: str | None) -> ClientView:
    """Returns the client, or an empty form for None. Raises AdministratorRequired, NotFound for an unknown id."""
    require_role(actor, SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)
    async with deps.database.read() as tx:
        row = await administered_clients.get(tx, client_id) if client_id is not None else None
        named = [(each.code, each.name_zh, each.name_en) for each in await organisations.page(tx, after="", limit=500)]
    if client_id is not None and row is None:
        raise NotFound
    return ClientView(row, named)
