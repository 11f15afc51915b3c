"""A sign-out is told to every system, whatever is killed between its commit and the last confirmation."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import httpx
import pytest

from tests.support.identity.fixtures import seeded
from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running, free_port, until, wait_for

SYSTEMS = 29
TOLD = 22
"""Systems of data/systems.json with back-channel logout."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


@dataclass
class Deployment:
    identity: Identity
    platform: TestPlatform
    receiver: LogoutReceiver

    def start(self, *parts: str, **changed: str) -> Running:
        return self.platform.start("identity", *parts, **changed)

    def sign_out_everywhere(self, login: str) -> str:
        """The sign-out's id."""
        page = self.identity.signed_in(login)
        return self.end_all(page)

    def end_all(self, page: Browser) -> str:
        token = csrf_of(page.get("/account"))
        answer = page.post("/account/sessions/end-all", data={"csrf_token": token})
        return str(answer.headers["location"]).rpartition("/")[2]

    def confirmed(self, sign_out: str) -> int:
        query = "SELECT count(*) FROM logout_delivery WHERE sign_out_id = $1 AND state = 'confirmed'"
        return int(wait_for(self._value(query, sign_out)))

    async def _value(self, query: str, *values: str) -> int:
        connection = await asyncpg.connect(self.identity.database_url)
        try:
            return int(await connection.fetchval(query, *values))
        finally:
            await connection.close()

    def deliveries(self, sign_out: str) -> int:
        return int(wait_for(self._value("SELECT count(*) FROM logout_delivery WHERE sign_out_id = $1", sign_out)))


@pytest.fixture(scope="module")
def deployment(platform: TestPlatform, bound_identity: BoundService, receiver: LogoutReceiver) -> Deployment:
    identity = seeded(platform, bound_identity)

    async def point_to_receiver() -> None:
        connection = await asyncpg.connect(identity.database_url)
        await connection.execute(
            "UPDATE client SET backchannel_logout_uri = $1 || client_id WHERE backchannel_logout_uri IS NOT NULL",
            receiver.uri(""),
        )
        await connection.close()

    wait_for(point_to_receiver())
    return Deployment(identity, platform, receiver)


@pytest.mark.parametrize(
    "parts",
    [("http",), ("http", "relay"), ("http", "relay", "events")],
    ids=["before the relay", "before the consumer", "before the jobs"],
)
def test_killed_after_the_commit(deployment: Deployment, parts: tuple[str, ...]) -> None:
    deployment.receiver.told.clear()
    part = deployment.start(*parts)
    sign_out = deployment.sign_out_everywhere("water01")
    part.kill()
    assert deployment.deliveries(sign_out) == SYSTEMS
    assert deployment.confirmed(sign_out) == 0
    whole = deployment.start()
    until(lambda: deployment.confirmed(sign_out) == TOLD)
    counted = deployment.receiver.counted()
    assert len(counted) == TOLD
    assert set(counted.values()) == {1}
    whole.stop()


def test_killed_in_the_middle_of_a_delivery(deployment: Deployment) -> None:
    """The system that was being told may hear it twice, with the same `jti`."""
    deployment.receiver.told.clear()
    deployment.receiver.slow["/oa"] = 2.0
    process = deployment.start()
    sign_out = deployment.sign_out_everywhere("hall01")
    until(lambda: deployment.confirmed(sign_out) == TOLD - 1)
    process.kill()
    deployment.receiver.slow.clear()
    deployment.identity.execute(
        "UPDATE job SET lease_until = now() WHERE lease_until > now()"
    )  # as after half a minute
    whole = deployment.start()
    until(lambda: deployment.confirmed(sign_out) == TOLD, seconds=60)
    counted = deployment.receiver.counted()
    assert len(counted) == TOLD
    assert sum(counted.values()) <= TOLD + 1
    whole.stop()


def test_two_replicas_tell_each_system_once(deployment: Deployment) -> None:
    deployment.receiver.told.clear()
    ports = {"http_port": str(free_port()), "grpc_port": str(free_port())}
    first, second = deployment.start(), deployment.start(**ports)
    sign_out = deployment.sign_out_everywhere("amr01")
    until(lambda: deployment.confirmed(sign_out) == TOLD)
    assert set(deployment.receiver.counted().values()) == {1}
    first.stop()
    second.stop()


def test_a_replica_and_a_restarted_process_refuse_the_dead_session(deployment: Deployment) -> None:
    port = free_port()
    ports = {"http_port": str(port), "grpc_port": str(free_port())}
    first, second = deployment.start(), deployment.start(**ports)
    page = deployment.identity.signed_in("health01")
    cookies = dict(page.cookies)

    def opens(address: str) -> bool:
        header = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        with suppress(httpx.TransportError):
            return httpx.get(f"{address}/account", headers=header).status_code == 200
        return False

    other = f"http://localhost:{port}"
    assert opens(deployment.identity.url)
    assert opens(other)
    deployment.end_all(page)
    until(lambda: not opens(other), seconds=2)
    second.kill()
    second = deployment.start(**ports)
    assert not opens(other)
    first.stop()
    second.stop()
