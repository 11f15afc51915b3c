"""A service makes NATS's own server speak for it: what arrives counts with nobody, and is counted by everybody.

The server answers requests of JetStream, and delivers what consumers ask for, with rights of its own: also to subjects
on which the service may not publish. wifi-portal stands on the Internet's side.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from pingshan_events.identity import GrantEnded, SessionEnded, SigningKeyWithdrawn
from pingshan_events.watch_names import watch_names
from pingshan_events.workflow import CaseClosed
from pingshan_kit import clock
from pingshan_kit.events.bus import Bus, Consumer, OrderedConsumer, Signal, dead_letters
from pingshan_kit.events.signatures import HEARTBEAT
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_kit.trust.revocations import Revocations
from pingshan_tools import doctor, topology
from pingshan_tools.edges import load

from tests.support.events import publish_event
from tests.support.kit.service import Alerts, eventually, kit_database, note, running
from tests.support.platform import TestPlatform

CONSUMER = Consumer("notify-case-closed", CaseClosed, note)
EDGES = load()
NAMES = itertools.cycle(watch_names("wifi-portal", SessionEnded.subject))
STREAM, ASK = "IDENTITY_REVOCATION", "$JS.API.STREAM.INFO.IDENTITY_REVOCATION"


@pytest.fixture(scope="module")
def alerts(platform: TestPlatform) -> Alerts:
    return platform.service("alerts", migrated=False).settings(Alerts)


@pytest.fixture(scope="module")
async def database(platform: TestPlatform) -> AsyncIterator[Database]:
    async with kit_database(platform, Alerts) as database:
        yield database


@pytest.fixture
async def admin(platform: TestPlatform) -> AsyncIterator[Client]:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    yield client
    await client.close()


@pytest.fixture
async def attacker(platform: TestPlatform) -> AsyncIterator[Client]:
    """Whoever holds wifi-portal's password."""

    async def ignore(_: Exception) -> None:
        return

    client = await nats.connect(platform.addresses.nats, **platform.nats_user("wifi-portal"), error_cb=ignore)
    yield client
    await client.close()


def listening(alerts: Alerts, database: Database, revocations: Revocations) -> Bus:
    watches: list[OrderedConsumer[Any]] = [
        OrderedConsumer(SessionEnded, revocations.ended, replay=True, read=revocations.has_read),
        OrderedConsumer(GrantEnded, revocations.grant_ended, replay=True, read=revocations.has_read),
        OrderedConsumer(SigningKeyWithdrawn, revocations.key_withdrawn, replay=True, read=revocations.has_read),
    ]
    return Bus(alerts, database, [CONSUMER], watches, [Signal(HEARTBEAT, revocations.heartbeat)])


async def delivers_to(attacker: Client, subject: str) -> None:
    """Lets the server deliver wifi-portal's own watch, and its idle heartbeats, to any subject."""
    await attacker.jetstream().add_consumer(
        STREAM,
        ConsumerConfig(
            name=next(NAMES),
            deliver_subject=subject,
            filter_subject=SessionEnded.subject,
            ack_policy=AckPolicy.NONE,
            idle_heartbeat=0.2,
            inactive_threshold=30,
            mem_storage=True,
        ),
    )


async def test_a_consumer_that_delivers_heartbeats_keeps_nobody_informed(
    admin: Client, attacker: Client, alerts: Alerts, database: Database
) -> None:
    revocations = Revocations()
    bus = listening(alerts, database, revocations)
    heard = await admin.subscribe(HEARTBEAT)
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await delivers_to(attacker, HEARTBEAT)
        for _ in range(5):
            await heard.next_msg(timeout=5)  # in the account of JetStream, where no service listens
        await attacker.publish(ASK, b"", reply=HEARTBEAT)
        await eventually(lambda: refused(bus, HEARTBEAT, at_least=1))
        assert not revocations.informed
        assert bus.verifier.refused[HEARTBEAT, "unsigned"] == 1, "only the answer came"
    await heard.unsubscribe()


async def test_an_answer_that_is_stored_as_an_event_is_dropped_and_counted(
    platform: TestPlatform, admin: Client, attacker: Client, alerts: Alerts, database: Database
) -> None:
    bus = listening(alerts, database, Revocations())
    before = (await admin.jetstream().stream_info("WORKFLOW")).state.last_seq
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await attacker.publish(ASK, b"", reply=CaseClosed.subject)  # the answer
        await attacker.publish(ASK, b"{", reply=CaseClosed.subject)  # an error
        await publish_event(admin, platform.addresses.secrets, session_ended())
        await delivers_to(attacker, CaseClosed.subject)  # another's genuine event, and idle heartbeats
        await eventually(lambda: refused(bus, CaseClosed.subject, at_least=3))
    assert (await admin.jetstream().stream_info("WORKFLOW")).state.last_seq >= before + 3, "the server stored them"
    assert await dead_letters(alerts, database, [CONSUMER]).count() == 0


async def test_what_the_attacker_leaves_behind_is_named_and_deleted(
    admin: Client, attacker: Client, platform: TestPlatform
) -> None:
    """A stream that takes what arrives counts as a listener, so that the watch would go on for ever."""
    await delivers_to(attacker, CaseClosed.subject)
    left = {each.name async for each in topology.consumers(admin, STREAM) if topology.delivers_astray(each)}
    named = {finding.text async for finding in doctor.consumers(admin) if finding.wrong}
    assert left
    assert left == {text.partition(" delivers to ")[0] for text in named if " delivers to " in text}
    assert any(text.endswith(f" delivers to {CaseClosed.subject}") for text in named)
    platform.make_streams()
    assert left.isdisjoint({each.name async for each in topology.consumers(admin, STREAM)})


async def test_junk_among_the_revocations_ends_no_session_and_holds_nobody_up(
    platform: TestPlatform, admin: Client, attacker: Client, alerts: Alerts, database: Database
) -> None:
    revocations = Revocations()
    bus = listening(alerts, database, revocations)
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        await attacker.publish(ASK, b"", reply=GrantEnded.subject)
        await attacker.publish(ASK, b"", reply=SessionEnded.subject)
        genuine = session_ended()
        await publish_event(admin, platform.addresses.secrets, genuine)

        async def knows() -> bool:
            return revocations.knows_dead(genuine.session_id)

        await eventually(knows)
    assert bus.verifier.refused[SessionEnded.subject, "unsigned"] >= 1


ORDERS = [
    "$JS.API.STREAM.DELETE.WORKFLOW",
    "$JS.API.STREAM.PURGE.WORKFLOW",
    "$JS.API.STREAM.PURGE.IDENTITY_REVOCATION",
    "$JS.API.CONSUMER.DELETE.WORKFLOW.alerts__notify-case-closed",
    "$JS.API.CONSUMER.DELETE.E_LICENSE.workflow__note-license-revoked",
    "JETSTREAM.API.STREAM.DELETE.WORKFLOW",
    "$JS.ACK.WORKFLOW.alerts__notify-case-closed.1.1.1.1.0",
    "$SYS.REQ.SERVER.PING",
]


@pytest.mark.parametrize("subject", ORDERS)
async def test_the_server_does_not_obey_itself(admin: Client, attacker: Client, subject: str) -> None:
    before = await shapes(admin)
    await attacker.publish(ASK, b"", reply=subject)
    await delivers_to(attacker, subject)
    await asyncio.sleep(0.5)
    assert await shapes(admin) == before


@pytest.mark.parametrize("subject", ORDERS)
@pytest.mark.parametrize("service", sorted({durable.service for durable in EDGES.durables}))
async def test_an_empty_answer_is_no_order(platform: TestPlatform, admin: Client, service: str, subject: str) -> None:
    """Of a durable that has nothing to give: the server says so with an empty message, which is how orders look."""

    async def ignore(_: Exception) -> None:
        return

    client = await nats.connect(platform.addresses.nats, **platform.nats_user(service), error_cb=ignore)
    for durable in EDGES.durables:
        config = ConsumerConfig(
            durable_name=durable.name, filter_subject=durable.subject, ack_policy=AckPolicy.EXPLICIT
        )
        await admin.jetstream().add_consumer(durable.stream, config)
    own = next(durable for durable in EDGES.durables if durable.service == service)
    await admin.jetstream().publish("workflow.case.closed.v1", b"kept")
    before = await shapes(admin)
    place, nothing = f"{own.stream}.{own.name}", json.dumps({"batch": 1000, "no_wait": True}).encode()
    for _ in range(2):  # the first takes what there is
        await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{place}", nothing, reply=subject)
        await client.publish(f"$JS.ACK.{place}.1.1.1.1.0", b"+NXT " + nothing, reply=subject)
    await asyncio.sleep(0.3)
    assert await shapes(admin) == before
    await client.close()


@pytest.mark.parametrize(
    "subject",
    [
        "$JS.API.DIRECT.GET.WORKFLOW",
        "$JS.API.DIRECT.GET.WORKFLOW.workflow.case.closed.v1",
        "$JS.API.DIRECT.GET.IDENTITY_REVOCATION",
        "$JS.API.STREAM.MSG.GET.IDENTITY_REVOCATION",
        "$JS.API.STREAM.INFO.WORKFLOW",
        "$JS.API.STREAM.UPDATE.WIFI_PORTAL",
        "$JS.API.STREAM.CREATE.MIRROR",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.SNAPSHOT.WIFI_PORTAL",
        "$JS.API.CONSUMER.CREATE.IDENTITY_REVOCATION",
        "$JS.API.CONSUMER.CREATE.IDENTITY_REVOCATION.any",
        "$JS.API.CONSUMER.CREATE.IDENTITY_REVOCATION.any.identity.session.ended.v1",
        "$JS.API.CONSUMER.CREATE.IDENTITY_REVOCATION.identity__any.identity.>",
        "$JS.API.CONSUMER.CREATE.WORKFLOW.alerts__notify-case-closed.workflow.case.closed.v1",
        "$JS.API.CONSUMER.DURABLE.CREATE.IDENTITY_REVOCATION.any",
        "$JS.API.CONSUMER.MSG.NEXT.WORKFLOW.alerts__notify-case-closed",
        "$JS.API.CONSUMER.NAMES.IDENTITY_REVOCATION",
        "$JS.API.CONSUMER.LIST.IDENTITY_REVOCATION",
        "$JS.API.CONSUMER.PAUSE.WORKFLOW.alerts__notify-case-closed",
        "$JS.API.INFO",
        "$JS.ACK.WORKFLOW.alerts__notify-case-closed.1.1.1.1.0",
        "$JS.FC.WORKFLOW.any.any",
        "$SYS.REQ.SERVER.PING",
        "identity.heartbeat",
        "workflow.case.closed.v1",
        "relay.identity.wake",
        "_INBOX.alerts.any",
    ],
)
async def test_what_can_be_denied_is_denied(platform: TestPlatform, subject: str) -> None:
    violated = asyncio.Event()

    async def note_violation(error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            violated.set()

    own = platform.nats_user("wifi-portal")
    client = await nats.connect(platform.addresses.nats, **own, error_cb=note_violation)
    await client.publish(subject, b"", reply="_INBOX.wifi-portal.answers")
    await asyncio.wait_for(violated.wait(), 5)
    await client.close()


async def test_a_consumer_may_not_deliver_into_its_own_stream(attacker: Client) -> None:
    with pytest.raises(nats.errors.Error):
        await delivers_to(attacker, GrantEnded.subject)


async def test_what_a_durable_asks_for_goes_where_it_wants_and_counts_nowhere(
    platform: TestPlatform, admin: Client, alerts: Alerts, database: Database
) -> None:
    """alerts has a durable: the next message, and the one after an acknowledgement, may be sent to any subject."""
    client = await nats.connect(platform.addresses.nats, **platform.nats_user("alerts"))
    revocations = Revocations()
    bus = listening(alerts, database, revocations)
    async with running(bus):
        await asyncio.wait_for(bus.ready.wait(), 10)
        info = await admin.jetstream().consumer_info("WORKFLOW", "alerts__notify-case-closed")
        next_message = f"$JS.API.CONSUMER.MSG.NEXT.{info.stream_name}.{info.name}"
        asked = json.dumps({"batch": 5, "expires": 300_000_000, "idle_heartbeat": 100_000_000}).encode()
        await client.publish(next_message, asked, reply=HEARTBEAT)
        await client.publish(f"$JS.ACK.{info.stream_name}.{info.name}.1.1.1.1.0", b"+NXT", reply=HEARTBEAT)
        await eventually(lambda: refused(bus, HEARTBEAT, at_least=1))
        assert not revocations.informed
    await client.close()


async def refused(bus: Bus, subject: str, *, at_least: int) -> bool:
    return sum(count for (each, _), count in bus.verifier.refused.items() if each == subject) >= at_least


async def shapes(admin: Client) -> list[tuple[Any, ...]]:
    return [await shape(admin, stream.name) for stream in EDGES.streams]


async def shape(admin: Client, stream: str) -> tuple[Any, ...]:
    """What an order to the server would change; durables stay from earlier tests."""
    info = await admin.jetstream().stream_info(stream)
    durables = [each.name for each in await admin.jetstream().consumers_info(stream) if each.config.durable_name]
    return info.created, info.state.first_seq, durables


def session_ended() -> SessionEnded:
    session_id = uuid7().hex
    return SessionEnded(
        event_id=uuid7(),
        aggregate_id=session_id,
        aggregate_version=1,
        correlation_id=session_id,
        occurred_at=clock.now(),
        session_id=session_id,
        reason="signed-out",
    )
