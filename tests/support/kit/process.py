"""A process of the kit that a test kills: `python -m tests.support.kit.process <what>`.

Settings come from the environment, as for a service. Where it kills itself, it does so at one exact place, by wrapping
what nats-py or the test's own code does there.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pingshan_events.e_license import LicenseIssued
from pingshan_kit import telemetry
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.jobs import Job, JobHandler
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.storage.database import Database

from tests.support.kit.service import SEND, Alerts, ELicense, Message, effects, eventually, issue, note, running


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


WHAT = (
    commit_and_die,
    publish_and_die,
    issue_and_relay,
    apply_and_die,
    consume,
    issue_traced,
    start_job_and_die,
    run_jobs_and_die,
)

if __name__ == "__main__":
    asyncio.run({each.__name__: each for each in WHAT}[sys.argv[1]]())
