"""What waits in this service, and for how long: one reading, for readiness, `pingshan doctor` and whoever counts.

Own code: the figures stand in the service's own tables, in its relay and at its own streams, where no exporter looks.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pingshan_events.edges import DURABLES, STREAM_OF_SUBJECT, STREAMS, WATCHES, Durable
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit.errors import Unavailable
from pingshan_kit.events.bus import Bus
from pingshan_kit.events.relay import Relay
from pingshan_kit.intake.queue import oldest_heard
from pingshan_kit.jobs.queue import oldest_due
from pingshan_kit.loop_lag import Lag, LoopLag
from pingshan_kit.storage.database import Database

EVENT_SECONDS = 30.0
"""Age of the oldest unpublished event that counts as a fault: the relay needs milliseconds."""
JOB_SECONDS = 300.0
"""Age of the oldest due job of a kind that counts as a fault."""
INTAKE_SECONDS = 10.0
"""Age of the oldest input of a kind that was heard and is not applied, that counts as a fault: a second is usual."""
LAG_EVENTS = 1_000
"""Events that a consumer may be behind."""
BUSY_SECONDS = 1.0
"""Processor time that counts as a fault where one computation kept the event loop of a process from all others."""
_COUNTED = 100_000
"""Waiting events are counted no further."""
_FRESH_SECONDS = 2.0
_PATIENCE = 2.0
_NO_STREAM = 10059
"""JetStream's error code where the stream itself is missing, and not only its consumer."""

_WAITING = text(
    f"""
    SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT {_COUNTED}) AS counted) AS events,
           (SELECT extract(epoch FROM now() - created_at) FROM outbox ORDER BY position LIMIT 1) AS event_seconds,
           (SELECT count(*) FROM dead_letter WHERE died_at IS NOT NULL AND resolved_at IS NULL) AS letters,
           (SELECT extract(epoch FROM now() - min(died_at)) FROM dead_letter
            WHERE died_at IS NOT NULL AND resolved_at IS NULL) AS letter_seconds
    """  # noqa: S608 - a constant of this module
)


@dataclass(frozen=True)
class Reading:
    """Holds ages in seconds, None where nothing waits; `known` says whether PostgreSQL answered."""

    known: bool = False
    events_waiting: int = 0
    oldest_event_seconds: float | None = None
    oldest_job_seconds: Mapping[str, float] = field(default_factory=dict)
    """Of due jobs that no process runs yet, by kind."""
    queued_kinds: Sequence[str] = ()
    oldest_heard_seconds: Mapping[str, float] = field(default_factory=dict)
    """Of inputs that were heard and are not applied yet, by kind."""
    dead_letters: int = 0
    oldest_dead_letter_seconds: float | None = None
    of_service: Sequence[tuple[str, str]] = ()
    """What the service itself finds wrong with what it keeps, in Chinese and in English."""
    unpublishable: Mapping[str, int] = field(default_factory=dict)
    """Aggregates whose next event JetStream refuses, by the reason; only the process that publishes knows them."""
    missing_streams: Sequence[str] = ()
    missing_consumers: Sequence[str] = ()
    consumer_lag: Mapping[str, int] = field(default_factory=dict)
    """Events that wait for each durable consumer of this service."""
    unwatched: Mapping[str, str] = field(default_factory=dict)
    """Subjects that the process that answers cannot watch, and why."""
    loop_lag: Lag = field(default_factory=Lag)
    """Of the event loop of the process that answers."""

    def facts(self) -> dict[str, Any]:
        """Returns the figures as JSON has them."""
        return asdict(self)


class Figures:
    """Reads the figures of one service; a reading serves everybody who asks within two seconds."""

    def __init__(self, service: str, database: Database) -> None:
        self._service = service
        self._database = database
        self._lock = asyncio.Lock()
        self._last = Reading()
        self._read_at = float("-inf")
        self.relay: Relay | None = None
        self.bus: Bus | None = None
        self.of_service: Callable[[AsyncConnection], Awaitable[Sequence[tuple[str, str]]]] | None = None
        self.loop_lag = LoopLag()

    async def read(self) -> Reading:
        """Returns what waits; what does not answer within two seconds is left out."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() - self._read_at > _FRESH_SECONDS:
                self._last = await self._read()
                self._read_at = loop.time()
            return replace(self._last, unwatched=self._unwatched, loop_lag=self.loop_lag.worst)

    def of_process(self) -> Reading:
        """Returns what the process knows by itself, while PostgreSQL is away."""
        return Reading(unwatched=self._unwatched, loop_lag=self.loop_lag.worst)

    @property
    def _unwatched(self) -> dict[str, str]:
        return self.bus.unwatched if self.bus is not None else {}

    async def _read(self) -> Reading:
        tables, streams, consumers = await asyncio.gather(self._tables(), self._missing_streams(), self._consumers())
        lag = {name: pending for name, pending in consumers.items() if isinstance(pending, int)}
        absent = {name: found for name, found in consumers.items() if isinstance(found, NotFoundError)}
        streams |= {each.stream for each in self._durables if _of_stream(absent.get(each.name))}
        codes = Counter(self.relay.unpublishable.values()) if self.relay is not None else Counter[str]()
        return Reading(
            **tables,
            unpublishable=dict(codes),
            missing_streams=sorted(streams),
            missing_consumers=sorted(absent),
            consumer_lag=lag,
        )

    async def _tables(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_PATIENCE), self._database.read() as tx:
                row = (await tx.execute(_WAITING)).one()
                kinds = await oldest_due(tx)
                heard = await oldest_heard(tx)
                of_service = await self.of_service(tx) if self.of_service is not None else ()
        except (Unavailable, OSError):  # TimeoutError is one
            return {}
        return {
            "known": True,
            "events_waiting": row.events,
            "oldest_event_seconds": _seconds(row.event_seconds),
            "oldest_job_seconds": {kind: float(age) for kind, age in kinds.items() if age is not None},
            "queued_kinds": tuple(kinds),
            "oldest_heard_seconds": heard,
            "of_service": tuple(of_service),
            "dead_letters": row.letters,
            "oldest_dead_letter_seconds": _seconds(row.letter_seconds),
        }

    @property
    def _durables(self) -> list[Durable]:
        return [each for each in DURABLES if each.service == self._service]

    async def _missing_streams(self) -> set[str]:
        names = {stream.name for stream in STREAMS if stream.service == self._service}
        names |= {STREAM_OF_SUBJECT[subject] for subject in WATCHES.get(self._service, ())}
        found = await self._ask(sorted(names), lambda client, name: client.jetstream().stream_info(name))
        return {name for name, answer in found.items() if isinstance(answer, NotFoundError)}

    async def _consumers(self) -> dict[str, int | NotFoundError]:
        streams = {each.name: each.stream for each in self._durables}

        async def pending(client: Client, name: str) -> int:
            return (await client.jetstream().consumer_info(streams[name], name)).num_pending or 0

        return await self._ask(sorted(streams), pending)

    async def _ask(self, names: Sequence[str], ask: Callable[[Client, str], Awaitable[Any]]) -> dict[str, Any]:
        """Returns NATS's answer or its NotFoundError by name; nothing for what does not answer."""
        client = self.bus.client if self.bus is not None else None
        if client is None or not client.is_connected:
            return {}

        async def one(name: str) -> Any:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await ask(client, name)
            except NotFoundError as error:
                return error
            except (nats.errors.Error, TimeoutError):
                return None

        answers = await asyncio.gather(*(one(name) for name in names))
        return {name: answer for name, answer in zip(names, answers, strict=True) if answer is not None}


def faults(reading: Reading) -> tuple[list[str], list[str]]:
    """Returns what is wrong, as phrases in Chinese and in English; both empty where all is well."""
    zh, en = [], []
    if reading.oldest_event_seconds is not None and reading.oldest_event_seconds > EVENT_SECONDS:
        zh.append(f"{reading.events_waiting} 个事件待发出，最早的已等 {_ago(reading.oldest_event_seconds)[0]}")
        en.append(f"events that wait: {reading.events_waiting}, the oldest for {_ago(reading.oldest_event_seconds)[1]}")
    for code, count in sorted(reading.unpublishable.items()):
        zh.append(f"{count} 个事件无法发出（{code}）")
        en.append(f"events that cannot be published ({code}): {count}")
    for stream in reading.missing_streams:
        zh.append(f"消息流 {stream} 不存在")
        en.append(f"stream {stream} is missing")
    for consumer in reading.missing_consumers:
        zh.append(f"消费者 {consumer} 不存在")
        en.append(f"consumer {consumer} is missing")
    for consumer, lag in sorted(reading.consumer_lag.items()):
        if lag > LAG_EVENTS:
            zh.append(f"消费者 {consumer} 落后 {lag} 个事件")
            en.append(f"consumer {consumer} is {lag} events behind")
    for subject, reason in sorted(reading.unwatched.items()):
        zh.append(f"事件 {subject} 收听不到（{reason}）")
        en.append(f"{subject} cannot be watched ({reason})")
    late = _late(reading)
    zh, en = zh + late[0], en + late[1]
    zh, en = zh + [each[0] for each in reading.of_service], en + [each[1] for each in reading.of_service]
    if reading.loop_lag.busy > BUSY_SECONDS:
        zh.append(f"一项计算占用了事件循环 {reading.loop_lag.busy:.1f} 秒")
        en.append(f"a computation held up the event loop for {reading.loop_lag.busy:.1f} s")
    return zh, en


def _late(reading: Reading) -> tuple[list[str], list[str]]:
    """Returns which kinds of jobs, and of inputs that were heard, wait for too long."""
    zh, en = [], []
    for kind, age in sorted(reading.oldest_job_seconds.items()):
        if age > JOB_SECONDS:
            zh.append(f"任务 {kind} 已等 {_ago(age)[0]}")
            en.append(f"a job {kind} has waited for {_ago(age)[1]}")
    for kind, age in sorted(reading.oldest_heard_seconds.items()):
        if age > INTAKE_SECONDS:
            zh.append(f"已接收的 {kind} 已等 {_ago(age)[0]} 未处理")
            en.append(f"{kind} that was heard has waited for {_ago(age)[1]}")
    return zh, en


def notes(reading: Reading) -> tuple[list[str], list[str]]:
    """Returns what waits for a person, as phrases in Chinese and in English: no fault of the process."""
    if not reading.dead_letters or reading.oldest_dead_letter_seconds is None:
        return [], []
    zh, en = _ago(reading.oldest_dead_letter_seconds)
    return (
        [f"{reading.dead_letters} 条死信待处理，最早的已等 {zh}"],
        [f"dead letters that wait for a decision: {reading.dead_letters}, the oldest for {en}"],
    )


def _ago(seconds: float) -> tuple[str, str]:
    for size, zh, en in ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {zh}", f"{seconds // size:.0f} {en}"
    return f"{seconds:.0f} 秒", f"{seconds:.0f} s"


def _seconds(age: Any) -> float | None:
    return None if age is None else float(age)


def _of_stream(error: NotFoundError | None) -> bool:
    return error is not None and error.err_code == _NO_STREAM
