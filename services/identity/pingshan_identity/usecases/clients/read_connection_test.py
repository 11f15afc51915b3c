"""Reads what the newest test of a connected system has found so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.errors import NotFound
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.clients.connection_test import Finding, findings
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ConnectionTestView:
    client: Client
    begun_at: datetime | None
    """Time at which the test began; None where the system was never tested."""
    is_open: bool
    findings: Sequence[Finding]


async def read_connection_test(deps: Dependencies, actor: Actor, *, client_id: str) -> ConnectionTestView:
    """Returns the findings, empty where the system was never tested. Raises AdministratorRequired, NotFound."""
    check_may_administer(actor, AdministrativeAct.READ_CONNECTION_TEST)
    async with deps.database.read() as tx:
        client = await clients.get(tx, client_id)
        test = await connection_tests.newest(tx, client_id)
    if client is None:
        raise NotFound
    if test is None:
        return ConnectionTestView(client, None, is_open=False, findings=())
    found = findings(test.seen, logout_uri=client.backchannel_logout_uri)
    return ConnectionTestView(client, test.begun_at, test.is_open(clock.now()), found)
