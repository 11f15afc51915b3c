"""A process of the kit that a test kills: `python -m tests.support.kit.process <what>`.

Settings come from the environment, as for a service. Where it kills itself, it does so at one exact place, by wrapping
what nats-py or the test's own code does there.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pingshan_events.e_license import LicenseIssued
from pingshan_kit import telemetry
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.idempotency import Call
from pingshan_kit.intake import Heard, IntakeHandler, Word
from pingshan_kit.intake.runner import IntakeRunner
from pingshan_kit.jobs import Job, JobHandler
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Lane
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.intakes import NOISE, PERSONAL, TRACED, Dying, apply, applying, hearing, words
from tests.support.kit.lanes import DyingLane, Ordinary, calls, finding, submitting
from tests.support.kit.service import (
    SEND,
    Alerts,
    ELicense,
    Identity,
    Message,
    effects,
    eventually,
    issue,
    note,
    running,
)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(method: Callable[..., Awaitable[Any]], calls: int) -> Callable[..., Awaitable[Any]]:
    """As the method, and SIGKILL once that many calls have succeeded."""
    done = 0

    async def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal done
        result = await method(*arguments, **named)
        done += 1
        if done == calls:
            die()
        return result

    return wrapped


async def commit_and_die() -> None:
    """Killed between the commit and the publish."""
    await issue(Database.from_settings(ELicense()), 20)
    die()


async def publish_and_die() -> None:
    """Killed when JetStream has acknowledged ten events, before they are moved to the event log."""
    JetStreamContext.publish = die_after(JetStreamContext.publish, 10)  # type: ignore[method-assign]
    settings = ELicense()
    await Relay(settings, Database.from_settings(settings)).run()


async def issue_and_relay() -> None:
    """Issues for ever; killed by the test at any time."""
    settings = ELicense()
    database = Database.from_settings(settings)
    async with asyncio.TaskGroup() as group:
        group.create_task(Relay(settings, database).run())
        for number in range(1_000_000):
            await issue(database, 1, first=number)


async def lead() -> None:
    """Leads identity's relay and beats, until the test freezes or kills it."""
    settings = Identity()
    await Relay(settings, Database.from_settings(settings), heartbeat_seconds=0.2).run()


async def apply_and_die() -> None:
    """Killed between the fifth effect's commit and its acknowledgement."""

    async def die_at_fifth(message: Msg) -> None:
        nonlocal acknowledged
        acknowledged += 1
        if acknowledged == 5:
            die()
        await acknowledge(message)

    acknowledged, acknowledge = 0, Msg.ack
    Msg.ack = die_at_fifth  # type: ignore[method-assign]
    await consume()


async def consume() -> None:
    settings = Alerts()
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    await Bus(settings, Database.from_settings(settings), [consumer], []).run()


async def start_job_and_die() -> None:
    async def handle(_: Job[Message]) -> None:
        die()

    await JobRunner(Database.from_settings(ELicense()), [JobHandler(SEND, handle)], []).run()


async def run_jobs_and_die() -> None:
    """Killed at the hundredth job, with others in hand."""
    ran = 0

    async def handle(_: Job[Message]) -> None:
        nonlocal ran
        ran += 1
        if ran == 100:
            die()

    await JobRunner(Database.from_settings(ELicense()), [JobHandler(SEND, handle)], []).run()


async def issue_traced() -> None:
    """One act of e-license until its effect in alerts, exported as services do."""
    telemetry.set_up("e-license", "embedded")
    settings, alerts_settings = ELicense(), Alerts()
    database, alerts_database = Database.from_settings(settings), Database.from_settings(alerts_settings)
    consumer = Consumer("notify-license-issued", LicenseIssued, note)
    async with running(Relay(settings, database), Bus(alerts_settings, alerts_database, [consumer], [])):
        with telemetry.tracer.start_as_current_span("issue licence"):
            await issue(database, 1)
        await eventually(lambda: effects(alerts_database), 1)
    telemetry.shut_down()


async def group_and_die() -> None:
    """Killed between the commit of a group and its answers."""
    database = Database.from_settings(ELicense())
    submit = submitting(DyingLane(database), database)
    await asyncio.gather(*(submit(call) for call in calls(20)))


async def group_traced() -> None:
    """Three acts of e-license that read and write together, exported as services do."""
    telemetry.set_up("e-license", "embedded")
    database = Database.from_settings(ELicense())
    lane = Lane(database)
    find, submit = finding(lane, Ordinary(database)), submitting(lane, database)

    async def act(call: Call) -> None:
        with telemetry.tracer.start_as_current_span(f"act {call.request['number']}"):
            await find(call.key)
            await submit(call)

    await asyncio.gather(*map(act, calls(3)))
    await find(calls(1)[0].key)
    await database.close()
    telemetry.shut_down()


async def hear_and_die() -> None:
    """Killed when twenty inputs were heard one by one and twenty at once, before anything is applied."""
    hear = hearing(Database.from_settings(ELicense()))
    await asyncio.gather(*(hear.hear(NOISE, word) for word in words(20)))
    await hear.hear_all(NOISE, words(40)[20:])
    die()


async def hear_traced() -> None:
    """Three acts hear an input each; they are applied together, and exported as services do."""
    telemetry.set_up("e-license", "embedded")
    database = Database.from_settings(ELicense())
    hear = hearing(database)

    async def act(number: int) -> None:
        with telemetry.tracer.start_as_current_span(f"act {number}"):
            await hear.hear(NOISE, Word(f"key-{number}", f"{TRACED} {number}"))

    await asyncio.gather(*map(act, range(3)))
    async with running(applying(database)):
        await eventually(lambda: effects(database), 3)
    await database.close()
    telemetry.shut_down()


async def apply_heard_and_die() -> None:
    """Killed inside the transaction of a group, after groups that were committed."""
    database = Database.from_settings(ELicense())
    await IntakeRunner(database, PERSONAL, [IntakeHandler(NOISE, Dying().apply)]).run()


async def apply_heard() -> None:
    """Applies until the test freezes or kills it; the transaction of an input `slow` stays open."""

    async def slowly(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
        await apply(tx, heard)
        if any(each.payload == "slow" for each in heard):
            await asyncio.sleep(60)

    await IntakeRunner(Database.from_settings(ELicense()), PERSONAL, [IntakeHandler(NOISE, slowly)]).run()


WHAT = (
    hear_and_die,
    hear_traced,
    apply_heard_and_die,
    apply_heard,
    commit_and_die,
    publish_and_die,
    issue_and_relay,
    lead,
    apply_and_die,
    consume,
    issue_traced,
    group_and_die,
    group_traced,
    start_job_and_die,
    run_jobs_and_die,
)

if __name__ == "__main__":
    asyncio.run({each.__name__: each for each in WHAT}[sys.argv[1]]())
