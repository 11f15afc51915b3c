"""One service process: its parts in one TaskGroup, and the order in which they stop."""

import asyncio
import gc
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from pingshan_events.identity import GrantEnded, SessionEnded, SigningKeyWithdrawn

from pingshan_kit.audit_log import Sealer
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events.bus import Bus, OrderedConsumer, Signal, dead_letters
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import HEARTBEAT, Signer
from pingshan_kit.intake.runner import IntakeRunner
from pingshan_kit.jobs import Job, JobHandler, Periodic, reencryption
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.logging import log
from pingshan_kit.process.http_server import HttpServer
from pingshan_kit.process.service import Service
from pingshan_kit.readiness import Readiness
from pingshan_kit.record_heads import Heads
from pingshan_kit.redaction import Sayable
from pingshan_kit.rpc import RpcServer
from pingshan_kit.storage import housekeeping
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import store_of
from pingshan_kit.trust import trust_of

_PATIENCE = 30.0
"""Seconds that a part gets to stop well."""

_HOUSEKEEPING = timedelta(minutes=10)

_FIRST, _SECOND, _LAST = range(3)
"""Who stops when: those who take in work, those who answer, and the relay of what they left in the outbox."""


class UnknownPart(Sayable):
    """`--only` names a part that the service does not have."""


class PartEnded(Sayable):
    """A part returned although nobody had asked it to."""


async def _nothing() -> None:
    return


@dataclass(frozen=True)
class Part:
    name: str
    run: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]] = _nothing
    """Asks the part to end well. Whatever still runs afterwards is cancelled."""
    stops: int = _FIRST
    ends_by_itself: bool = False
    """`run` returns soon after `stop`; otherwise it is cancelled then."""


async def run_process(service: Service, only: frozenset[str]) -> None:
    """Runs the named parts (all but the separate ones, where none is named) until SIGTERM or SIGINT.

    Raises UnknownPart for an unknown name, an exception group where a part dies.
    """
    allow_open_files()
    if service.http is None:
        readiness = Readiness(service.settings.service, service.database)
    else:
        readiness = service.http.site.readiness
        service.http.site.dead_letters = dead_letters(service.settings, service.database, service.consumers)
    readiness.figures.of_service = service.faults
    parts = list(_parts(service, readiness, _wanted(service, only)))
    for prepare in service.prepare:
        await prepare()
    gc.freeze()  # what was made at the start stays, and looking through it again takes the loop 100 ms each time
    gc.enable()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("process.started", parts=[part.name for part in parts])
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {part: group.create_task(_guard(part, stop), name=part.name) for part in parts}
            group.create_task(_stop_in_order(tasks, stop, readiness))
    finally:
        for close in service.close:
            await close()
        await service.database.close()
    log.info("process.stopped")


def allow_open_files() -> None:
    """Raises the limit of open files to the most that this process may have: its peers share it with its databases."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _wanted(service: Service, only: frozenset[str]) -> frozenset[str]:
    known = frozenset({"http", "grpc", "events", "intake", "jobs", "relay", *service.components})
    if only - known:
        message = f"unknown parts: {', '.join(sorted(only - known))}; known are {', '.join(sorted(known))}"
        raise UnknownPart(message)
    return only or known - service.separate


def _parts(service: Service, readiness: Readiness, wanted: frozenset[str]) -> Iterator[Part]:
    settings, database = service.settings, service.database
    personal = PersonalData.from_settings(settings)  # once: a secret that changes counts from the next start on
    yield Part("loop-lag", readiness.measure_lag)
    yield from _listening(service, readiness, wanted)
    if service.http is not None and "http" in wanted:
        server = HttpServer(service.http, settings)
        yield Part("http", server.run_here, server.stop, _SECOND, ends_by_itself=True)
    if service.grpc and "grpc" in wanted:
        rpc = RpcServer(settings, service.grpc, service.errors)
        yield Part("grpc", rpc.run, rpc.stop, _SECOND, ends_by_itself=True)
    if "relay" in wanted:
        relay = Relay(settings, database, heartbeat_seconds=service.heartbeat_seconds)
        readiness.parts["relay"] = readiness.figures.relay = relay
        yield Part("relay", relay.run, relay.drain, _LAST)
    handlers = [*service.jobs, JobHandler(reencryption.KIND, partial(_reencrypt, service, personal))]
    runner = JobRunner(database, handlers, [_housekeeping(service), *service.periodic])
    readiness.job_kinds = runner.kinds
    if "jobs" in wanted:
        yield Part("jobs", runner.run, runner.drain)
        sealer = Sealer(database, Heads(settings, Signer.from_settings(settings)))
        yield Part("sealer", sealer.run, sealer.drain, _LAST)
    if service.intakes and "intake" in wanted:
        yield Part("intake", IntakeRunner(database, personal, service.intakes).run)
    if personal.older_key_ids:
        yield Part("re-encryption", partial(_order_reencryption, database))
    for name, run in service.everywhere.items():
        yield Part(name, run)
    for name in sorted(wanted & service.components.keys()):
        yield Part(name, service.components[name])


def _housekeeping(service: Service) -> Periodic:
    kind = "kit.housekeeping"
    past = housekeeping.past_periods([kind, *(periodic.kind for periodic in service.periodic)])
    return Periodic(kind, _HOUSEKEEPING, partial(housekeeping.clean, service.database, [past, *service.retention]))


async def _reencrypt(service: Service, personal: PersonalData, _job: Job[reencryption.Reencryption]) -> None:
    await reencryption.reencrypt(service.database, personal, store_of(type(service.settings)).metadata)


async def _order_reencryption(database: Database) -> None:
    await reencryption.enqueue(database)
    await asyncio.Event().wait()  # a part ends with its process


def _listening(service: Service, readiness: Readiness, wanted: frozenset[str]) -> Iterator[Part]:
    """Gives every process the watches on what is dead or withdrawn, and effects of events only where "events" runs."""
    revocations = trust_of(service.settings).revocations
    watches: list[OrderedConsumer[Any]] = [
        OrderedConsumer(SessionEnded, revocations.ended, replay=True, read=revocations.has_read),
        OrderedConsumer(GrantEnded, revocations.grant_ended, replay=True, read=revocations.has_read),
        OrderedConsumer(SigningKeyWithdrawn, revocations.key_withdrawn, replay=True, read=revocations.has_read),
        *service.watches,
    ]
    consumers = service.consumers if "events" in wanted else ()
    heartbeat = Signal(HEARTBEAT, revocations.heartbeat)
    bus = Bus(service.settings, service.database, consumers, watches, [heartbeat])
    readiness.parts["events"] = readiness.figures.bus = bus
    readiness.verifier = bus.verifier
    readiness.waiting_for["events"] = bus.ready
    yield Part("events", bus.run, bus.drain)


async def _guard(part: Part, stop: asyncio.Event) -> None:
    """Runs a part; where it dies or returns, the process ends, and the supervisor starts it again."""
    try:
        await part.run()
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    else:
        if not stop.is_set():
            raise PartEnded(part.name)


async def _stop_in_order(tasks: Mapping[Part, asyncio.Task[None]], stop: asyncio.Event, readiness: Readiness) -> None:
    await stop.wait()
    log.info("process.stopping")
    readiness.stopping = True
    for turn in (_FIRST, _SECOND, _LAST):
        parts = [part for part in tasks if part.stops == turn]
        await asyncio.gather(*(_stop_part(part, tasks[part]) for part in parts))


async def _stop_part(part: Part, task: asyncio.Task[None]) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await part.stop()
            if part.ends_by_itself:
                await asyncio.wait([task])
    except TimeoutError:
        log.warning("part.cut", part=part.name)
    task.cancel()
    await asyncio.wait([task])
