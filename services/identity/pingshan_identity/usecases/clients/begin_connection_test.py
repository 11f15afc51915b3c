"""Begin to test a connected system: from now on its steps are written down, and its logout endpoint is tried."""

from uuid import UUID

from pingshan_kit import audit_log, clock, jobs
from pingshan_kit.errors import NotFound
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.connection_test import OPEN_FOR
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.store.clients.tested_clients import TestedClients
from pingshan_identity.usecases.job_kinds import TRY_SIGN_OUT, SystemToTry


async def begin_connection_test(actor: Actor, database: Database, tested: TestedClients, *, client_id: str) -> UUID:
    """The id of the test. Raises AdministratorRequired, NotFound."""
    require_role(actor, SYSTEM_ADMINISTRATOR)
    test_id, now = uuid7(), clock.now()
    async with database.begin() as tx:
        client = await clients.get(tx, client_id)
        if client is None or actor.person_id is None:
            raise NotFound
        await connection_tests.begin(tx, test_id=test_id, client_id=client_id, begun_by=actor.person_id, now=now)
        if client.backchannel_logout_uri is not None:
            await jobs.enqueue(tx, TRY_SIGN_OUT, str(test_id), SystemToTry(client_id=client_id))
        details = {"client_id": client_id, "test_id": str(test_id)}
        await audit_log.append(tx, actor=actor, act=Act.CLIENT_TESTED, subject=f"client:{client_id}", details=details)
    tested.add(client_id, now + OPEN_FOR)
    return test_id
