"""The report that says whether a process may be given work."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pingshan_kit.errors import Unavailable
from pingshan_kit.events.signatures import Verifier
from pingshan_kit.figures import Figures, Reading, faults, notes
from pingshan_kit.storage.database import Database

_PATIENCE = 2.0
"""Seconds that PostgreSQL gets to answer."""
_UNANSWERED = (Unavailable, SQLAlchemyError, OSError, TimeoutError)


class Degradable(Protocol):
    """Works on with less while NATS is away."""

    @property
    def degraded(self) -> bool: ...


class Readiness:
    """Reports a process as not ready without PostgreSQL, before the revocations were replayed, and while it stops.

    Reports it as degraded without NATS, while PostgreSQL only reads, by its figures (events, jobs or consumers that
    wait for too long, a stream that is missing), while the services' keys cannot be read, and while a job is queued
    that no handler here can run: a newer version added the job, or a handler was taken away too early.
    """

    def __init__(self, service: str, database: Database) -> None:
        self._database = database
        self.figures = Figures(service, database)
        self.stopping = False
        self.waiting_for: dict[str, asyncio.Event] = {}
        """Events that must be set before the process is ready, by name: for example the replay of the revocations."""
        self.parts: dict[str, Degradable] = {}
        self.verifier: Verifier | None = None
        """Counts the messages that were refused because their publisher had not signed them, and says whether it can
        read its keys."""
        self.job_kinds: frozenset[str] | None = None
        """Kinds of jobs that the service handles; None: jobs are not looked at."""

    async def measure_lag(self) -> None:
        """Measures the event loop until it is cancelled, from when the process is ready: a start is in nobody's way."""
        for event in list(self.waiting_for.values()):
            await event.wait()
        await self.figures.loop_lag.run()

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Returns whether the process is ready, and the facts that /readyz answers.

        `state` says them in one sentence, in Chinese and in English; it begins with `ok` or with the status.
        """
        full = self._database.full_pools
        database = await self._database_answers()
        only_reads = database and "acts" not in full and await self._database_only_reads()
        full = [pool for pool in self._database.full_pools if pool in full]  # all the while, and not at one moment
        reading = await self.figures.read() if database else self.figures.of_process()
        handled = self.job_kinds
        strange = [kind for kind in reading.queued_kinds if handled is not None and kind not in handled]
        degraded = sorted(name for name, part in self.parts.items() if part.degraded)
        degraded += ["jobs"] if strange else []
        degraded += [] if self.verifier is None or self.verifier.readable() else ["keys"]
        waiting = sorted(name for name, event in self.waiting_for.items() if not event.is_set())
        ready = database and not self.stopping and not waiting
        of_database = _of_database(reading, answers=database, only_reads=only_reads, full=full)
        of_process = self._wrong(reading, degraded=degraded, waiting=waiting, strange=strange)
        wrong = ([*of_database[0], *of_process[0]], [*of_database[1], *of_process[1]])
        status = _status(ready=ready, degraded=bool(degraded or wrong[0]))
        facts = {"postgresql": database, "degraded": degraded, "waiting_for": waiting, "unhandled": strange}
        state = dict(zip(("zh", "en"), _state(status, wrong, notes(reading)), strict=True))
        more = {"refused_messages": self._refused(), "figures": reading.facts()}
        return ready, {"status": status, "state": state, **facts, **more}

    def _wrong(
        self, reading: Reading, *, degraded: Sequence[str], waiting: Sequence[str], strange: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        zh, en = faults(reading)
        if "keys" in degraded:
            zh = ["各服务的公钥文件读不出来，事件和其他服务的请求须等待", *zh]
            en = ["the file of the services' keys cannot be read, events and siblings' calls wait", *en]
        if any(part.degraded for part in self.parts.values()):
            zh, en = ["NATS 不可达，事件暂存待发", *zh], ["NATS is away, events wait", *en]
        if self.stopping:
            zh, en = ["进程正在停止", *zh], ["the process is stopping", *en]
        if waiting:
            zh, en = [*zh, f"等待：{'、'.join(waiting)}"], [*en, f"waits for {', '.join(waiting)}"]
        if strange:
            kinds = ", ".join(strange)
            zh, en = [*zh, f"没有程序处理的任务：{kinds}"], [*en, f"jobs wait that nobody runs: {kinds}"]
        return zh, en

    def _refused(self) -> list[dict[str, Any]]:
        """Returns how many messages were refused since the start, by subject and reason."""
        counts = self.verifier.refused if self.verifier is not None else {}
        return [
            {"subject": subject, "reason": reason, "count": count}
            for (subject, reason), count in sorted(counts.items())
        ]

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE), self._database.read() as tx:
                await tx.execute(text("SELECT 1"))
        except _UNANSWERED:
            return False
        return True

    async def _database_only_reads(self) -> bool:
        """Returns False also where nobody can say: then an act says it, or why it is refused."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._database.only_reads()
        except _UNANSWERED:
            return False


def _of_database(
    reading: Reading, *, answers: bool, only_reads: bool, full: Sequence[str]
) -> tuple[list[str], list[str]]:
    zh, en = [], []
    if not answers and "reads" not in full:
        zh, en = ["PostgreSQL 没有应答"], ["PostgreSQL does not answer"]
    elif only_reads:
        zh, en = ["PostgreSQL 只能查询，不能写入"], ["PostgreSQL only reads and writes nothing"]
    elif answers and not reading.known:
        zh, en = ["待处理的数据读不出来"], ["what waits cannot be read"]
    if full:
        zh, en = (
            [*zh, *(_FULL_ZH[pool] for pool in full)],
            [*en, f"all connections for {' and '.join(full)} are in use"],
        )
    return zh, en


def _state(status: str, wrong: tuple[list[str], list[str]], noted: tuple[list[str], list[str]]) -> tuple[str, str]:
    """Returns the state in words, in Chinese and in English."""
    zh, en = _BEGINNINGS[status]
    said = ("；".join([*wrong[0], *noted[0]]), ", ".join([*wrong[1], *noted[1]]))
    return (f"{zh}：{said[0]}" if said[0] else zh, f"{en}: {said[1]}" if said[1] else en)


_FULL_ZH = {"acts": "办理用的数据库连接都在使用中", "reads": "查询用的数据库连接都在使用中"}
_BEGINNINGS = {"ready": ("正常", "ok"), "degraded": ("部分可用", "degraded"), "not-ready": ("未就绪", "not ready")}


def _status(*, ready: bool, degraded: bool) -> str:
    if not ready:
        return "not-ready"
    return "degraded" if degraded else "ready"
