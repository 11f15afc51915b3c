"""Begins a test of a connected system: its steps are written down from now on, and its logout endpoint is tried."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock, jobs
from pingshan_kit.errors import NotFound
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.connection_test import OPEN_FOR
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.job_kinds import TRY_SIGN_OUT, SystemToTry


@dataclass(frozen=True, slots=True)
class BeginConnectionTest:
    client_id: str


async def begin_connection_test(deps: Dependencies, actor: Actor, command: BeginConnectionTest) -> UUID:
    """Returns the id of the new test. Raises AdministratorRequired, or NotFound for an unknown system."""
    check_may_administer(actor, AdministrativeAct.BEGIN_CONNECTION_TEST)
    client_id, test_id, now = command.client_id, uuid7(), clock.now()
    async with deps.database.begin() as tx:
        client = await clients.get(tx, client_id)
        if client is None or actor.person_id is None:
            raise NotFound
        await connection_tests.begin(tx, test_id=test_id, client_id=client_id, begun_by=actor.person_id, now=now)
        if client.backchannel_logout_uri is not None:
            await jobs.enqueue(tx, TRY_SIGN_OUT, str(test_id), SystemToTry(client_id=client_id, test_id=test_id))
        details = {"client_id": client_id, "test_id": str(test_id)}
        await audit_log.append(tx, actor=actor, act=Act.CLIENT_TESTED, subject=f"client:{client_id}", details=details)
    deps.tested_clients.add(client_id, now + OPEN_FOR)
    return test_id
