"""The fixtures that all other tests stand on."""

import socket
from collections.abc import Callable

import asyncpg
import nats
import pytest
from pingshan_tools.embedded.temporal import Temporal
from temporalio.client import Client

from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import PortBases

Settings = Callable[..., BoundService]


async def test_a_service_reaches_its_own_database_and_no_other(
    platform: TestPlatform, platform_settings: Settings
) -> None:
    own = platform_settings("e-license", migrated=False)
    foreign = platform_settings("alerts", migrated=False)
    password = (platform.addresses.secrets / "e-license" / "database_password").read_text().strip()
    url = own.fields["database_url"].replace("+asyncpg", "").replace("_runtime@", f"_runtime:{password}@")
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT current_user") == "e_license_runtime"
    await connection.close()
    database = foreign.fields["database_url"].rpartition("/")[2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(url, database=database)


async def test_the_streams_of_the_declared_edges_exist(platform: TestPlatform) -> None:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    names = {info.config.name for info in await client.jetstream().streams_info()}
    await client.close()
    assert names == {"IDENTITY", "IDENTITY_REVOCATION", "E_LICENSE", "WORKFLOW", "WIFI_PORTAL", "ALERTS"}


async def test_a_module_has_a_temporal_namespace(
    temporal_namespace: str, temporal_server: Temporal, platform_settings: Settings
) -> None:
    bound = platform_settings("workflow", migrated=False)
    assert bound.fields["temporal_namespace"] == temporal_namespace
    client = await Client.connect(bound.fields["temporal_address"], namespace=temporal_namespace)
    assert (await client.count_workflows()).count == 0


def test_a_block_of_ports_where_somebody_answers_is_passed_over() -> None:
    """A service of a run that was killed, which has lost its database, would be taken for ours."""
    mine, others = PortBases(), PortBases()
    first = mine.take()
    assert others.take().base > first.base
    mine.release()
    with socket.create_server(("127.0.0.1", first.http("identity"))):
        again = mine.take()
    assert again.base != first.base
    mine.release()
    others.release()
