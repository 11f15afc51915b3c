"""Reads a client that proves itself, and its own roles, by one statement for all who ask at the same time."""

import asyncpg
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Joined, Lane
from pingshan_values.text import is_storable
from sqlalchemy import Text, and_, select

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.client_secret import ClientSecrets
from pingshan_identity.store.clients import clients
from pingshan_identity.store.shared_reads import columns_of, keys, sql
from pingshan_identity.store.tables import client, client_role

_k = keys(client_id=Text())
_CLIENT = sql(
    select(_k.c.n.label("n"), client).select_from(_k.join(client, client.c.client_id == _k.c.client_id)),
)
_r = keys(client_id=Text(), audience=Text())
_ROLES = sql(
    select(_r.c.n.label("n"), client_role.c.role.label("role"))
    .select_from(
        _r.join(client_role, and_(client_role.c.client_id == _r.c.client_id, client_role.c.audience == _r.c.audience))
    )
    .order_by(client_role.c.role)
)
_Proving = tuple[Client, ClientSecrets]


class ClientReads:
    """Answers what is asked of every machine that comes for a token, or asks about one, on one lane."""

    def __init__(self, database: Database) -> None:
        self._database = database
        lane = Lane(database, read_only=True)
        self._client = Joined(lane, _CLIENT, row=_proving, otherwise=self._client_alone)
        self._roles = Joined(lane, _ROLES, row=_role, otherwise=self._roles_alone)

    async def with_secrets(self, client_id: str) -> _Proving | None:
        """Returns what `clients.with_secrets` returns. Raises Unavailable."""
        if not is_storable(client_id):
            return None
        found = await self._client((client_id,))
        return found[0] if found else None

    async def roles(self, client_id: str, audience: str) -> tuple[str, ...]:
        """Returns what `clients.roles` returns. Raises Unavailable."""
        return tuple(await self._roles((client_id, audience)))

    async def _client_alone(self, key: tuple[str]) -> list[_Proving]:
        async with self._database.read() as tx:
            found = await clients.with_secrets(tx, key[0])
        return [] if found is None else [found]

    async def _roles_alone(self, key: tuple[str, str]) -> list[str]:
        async with self._database.read() as tx:
            return list(await clients.roles(tx, *key))


def _proving(row: asyncpg.Record) -> _Proving:
    columns = columns_of(row, "client")
    return clients.client_of(columns), clients.secrets_of(columns)


def _role(row: asyncpg.Record) -> str:
    role: str = row["role"]
    return role
