"""A service may say and hear on NATS what edges.yaml declares for it, and nothing else: asked of a real nats-server."""

import asyncio
import json
from collections import Counter
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
from pingshan_events.watch_names import watch_names
from pingshan_tools.edges import SERVICES, Durable, load

from tests.support.platform import TestPlatform

EDGES = load()
SUBJECTS = [subject for stream in EDGES.streams for subject in stream.subjects]
PUBLISHED = [(service, subject) for service in SERVICES for subject in SUBJECTS]
PAIRS = [(service, durable) for service in SERVICES for durable in EDGES.durables]
FOREIGN = [(service, durable) for service, durable in PAIRS if service != durable.service]
CONSUMERS_OF_A_STREAM = 1000
"""What nats-server allows (error 10026 beyond)."""


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


@pytest.mark.parametrize(("service", "durable"), FOREIGN, ids=lambda value: getattr(value, "name", value))
async def test_nobody_gives_another_services_durable_another_filter(
    platform: TestPlatform, service: str, durable: Durable
) -> None:
    stream = next(stream for stream in EDGES.streams if stream.name == durable.stream)
    async with connected(platform, service) as connection:
        for subject in stream.subjects:
            other = durable_config(durable, filter_subject=subject)
            assert not await connection.may(connection.jetstream.add_consumer(durable.stream, other)), subject


def watch_config(service: str, name: str, subject: str) -> ConsumerConfig:
    return ConsumerConfig(
        name=name,
        deliver_subject=f"_INBOX.{service}.watch",
        filter_subject=subject,
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=1,
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_a_watch_is_made_for_declared_subjects_only(platform: TestPlatform, service: str) -> None:
    declared = {watched.subject for watched in EDGES.watches_of(service)}
    async with connected(platform, service) as connection:
        for stream in EDGES.streams:
            for subject in stream.subjects:
                config = watch_config(service, watch_names(service, subject)[0], subject)
                made = await connection.may(connection.jetstream.add_consumer(stream.name, config))
                assert made == (subject in declared), subject


@pytest.mark.parametrize("service", SERVICES)
async def test_a_watch_has_one_of_few_names(platform: TestPlatform, service: str) -> None:
    async with connected(platform, service) as connection:
        for watched in EDGES.watches_of(service):
            names = watch_names(service, watched.subject)
            others = {name for each in SERVICES if each != service for name in watch_names(each, watched.subject)[:1]}
            for name in (f"{service}_watch_{len(names)}", f"{names[0]}x", "many1", *sorted(others)):
                config = watch_config(service, name, watched.subject)
                assert not await connection.may(connection.jetstream.add_consumer(watched.stream, config)), name


@pytest.mark.parametrize("name", ["identity__keep-alerts-head", "many1"])
async def test_the_name_in_the_request_is_that_of_the_right(platform: TestPlatform, name: str) -> None:
    """The subject, which the rights are about, says one name, and the body another one."""
    subject = "alerts.alert.raised.v1"
    own = watch_names("alerts", subject)[1]
    config = durable_config(Durable("alerts", "any", subject, "ALERTS"), name=name, durable_name=name).as_dict()
    async with connected(platform, "alerts") as connection:
        place = f"$JS.API.CONSUMER.CREATE.ALERTS.{own}.{subject}"
        request = json.dumps({"stream_name": "ALERTS", "config": config}).encode()
        answer = json.loads((await connection.client.request(place, request, timeout=5)).data)
    assert "error" in answer


async def test_one_service_does_not_use_up_the_consumers_of_a_stream(platform: TestPlatform) -> None:
    """wifi-portal makes every consumer that its rights let it, and no further one; alerts watches all the same."""
    stream = "IDENTITY_REVOCATION"
    subjects = [watched.subject for watched in EDGES.watches_of("wifi-portal") if watched.stream == stream]
    async with connected(platform, "wifi-portal") as attacker, connected(platform, "alerts") as alerts:
        for subject in subjects:
            for name in watch_names("wifi-portal", subject):
                config = watch_config("wifi-portal", name, subject)
                await attacker.jetstream.add_consumer(stream, config)
            config = durable_config(Durable("", "", subject, stream), name="many1", durable_name="many1")
            assert not await attacker.may(attacker.jetstream.add_consumer(stream, config))
        config = watch_config("alerts", watch_names("alerts", subjects[0])[2], subjects[0])
        assert await alerts.may(alerts.jetstream.add_consumer(stream, config))


def test_all_names_together_fit_into_each_stream() -> None:
    names = Counter(durable.stream for durable in EDGES.durables)
    for watched in EDGES.watches:
        names[watched.stream] += len(watch_names(watched.service, watched.subject))
    assert max(names.values()) <= CONSUMERS_OF_A_STREAM / 2


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
