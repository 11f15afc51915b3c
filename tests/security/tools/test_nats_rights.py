"""A service may say and hear on NATS what edges.yaml declares for it, and nothing else: asked of a real nats-server."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from pingshan_tools.edges import SERVICES, Durable, load

from tests.support.platform import TestPlatform

EDGES = load()
SUBJECTS = [subject for stream in EDGES.streams for subject in stream.subjects]
PUBLISHED = [(service, subject) for service in SERVICES for subject in SUBJECTS]
PAIRS = [(service, durable) for service in SERVICES for durable in EDGES.durables]


@dataclass
class Connection:
    """As a service. NATS does not answer what it refuses, but tells the client of the violation."""

    client: Client
    violated: asyncio.Event

    @property
    def jetstream(self) -> JetStreamContext:
        return self.client.jetstream(timeout=5)

    async def may(self, work: Coroutine[Any, Any, object]) -> bool:
        """Whether the server does it; False only after a violation."""
        self.violated.clear()
        done_or_refused = [asyncio.ensure_future(work), asyncio.ensure_future(self.violated.wait())]
        await asyncio.wait(done_or_refused, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        for task in done_or_refused:
            task.cancel()
        worked, _ = await asyncio.gather(*done_or_refused, return_exceptions=True)
        if isinstance(worked, nats.errors.Error):
            raise worked
        return not self.violated.is_set()

    async def may_hear(self, subject: str) -> bool:
        await self.client.subscribe(subject)
        return await self.may(asyncio.sleep(0.3))


@asynccontextmanager
async def connected(platform: TestPlatform, service: str) -> AsyncIterator[Connection]:
    violated = asyncio.Event()

    async def note(error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            violated.set()

    client = await nats.connect(
        platform.addresses.nats,
        user=service,
        password=(platform.addresses.secrets / service / "nats_password").read_text().strip(),
        inbox_prefix=f"_INBOX.{service}".encode(),
        error_cb=note,
    )
    try:
        yield Connection(client, violated)
    finally:
        await client.close()


def durable_config(durable: Durable, **changed: Any) -> ConsumerConfig:
    config: dict[str, Any] = {
        "name": durable.name,
        "durable_name": durable.name,
        "filter_subject": durable.subject,
        "ack_policy": AckPolicy.EXPLICIT,
        "deliver_policy": DeliverPolicy.ALL,
    }
    return ConsumerConfig(**(config | changed))


@pytest.mark.parametrize(("service", "subject"), PUBLISHED)
async def test_only_the_owner_publishes_a_subject(platform: TestPlatform, service: str, subject: str) -> None:
    async with connected(platform, service) as connection:
        published = await connection.may(connection.jetstream.publish(subject, b"{}"))
    assert published == subject.startswith(f"{service}.")


@pytest.mark.parametrize(("service", "durable"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_only_its_service_makes_a_durable(platform: TestPlatform, service: str, durable: Durable) -> None:
    async with connected(platform, service) as connection:
        made = await connection.may(connection.jetstream.add_consumer(durable.stream, durable_config(durable)))
    assert made == (service == durable.service)


@pytest.mark.parametrize("durable", EDGES.durables, ids=lambda durable: durable.name)
async def test_another_filter_is_refused(platform: TestPlatform, durable: Durable) -> None:
    async with connected(platform, durable.service) as connection:
        stream = next(stream for stream in EDGES.streams if stream.name == durable.stream)
        for subject in {*stream.subjects, ">"} - {durable.subject}:
            other = durable_config(durable, filter_subject=subject)
            assert not await connection.may(connection.jetstream.add_consumer(durable.stream, other))
        several = durable_config(durable, filter_subject=None, filter_subjects=list(stream.subjects))
        assert not await connection.may(connection.jetstream.add_consumer(durable.stream, several))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_watch_is_made_for_declared_subjects_only(platform: TestPlatform, service: str) -> None:
    declared = {watched.subject for watched in EDGES.watches_of(service)}
    async with connected(platform, service) as connection:
        for stream in EDGES.streams:
            for subject in stream.subjects:
                config = ConsumerConfig(
                    name=f"{service}_watch_1{SUBJECTS.index(subject)}",
                    deliver_subject=f"_INBOX.{service}.watch",
                    filter_subject=subject,
                    ack_policy=AckPolicy.NONE,
                )
                made = await connection.may(connection.jetstream.add_consumer(stream.name, config))
                assert made == (subject in declared), subject


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_changes_the_topology_or_listens_beside_it(platform: TestPlatform, service: str) -> None:
    async with connected(platform, service) as connection:
        may, jetstream = connection.may, connection.jetstream
        assert not await may(jetstream.delete_stream("E_LICENSE"))
        assert not await may(jetstream.purge_stream("ALERTS"))
        assert not await may(jetstream.add_stream(name="OWN", subjects=["own.>"]))
        assert not await may(jetstream.delete_consumer("E_LICENSE", "alerts__notify-license-issued"))
        for foreign in (">", "e-license.>", "_INBOX.>", "$SYS.>"):
            assert not await connection.may_hear(foreign), foreign
        assert await connection.may_hear(f"_INBOX.{service}.answers")


async def test_a_wrong_password_is_refused(platform: TestPlatform) -> None:
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        await nats.connect(platform.addresses.nats, user="alerts", password="guessed", allow_reconnect=False)
