"""`python -m pingshan_tools.launcher.supervisor`: starts every part, and starts it again when it goes away.

A child is not bound to the supervisor's life: a new supervisor adopts what survived the old one. It ends on SIGTERM
and leaves the children to `pingshan down`.
"""

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from pingshan_tools import process
from pingshan_tools.fork_server import ForkServer
from pingshan_tools.launcher import children, plan
from pingshan_tools.launcher.places import OTHERS, Places
from pingshan_tools.launcher.places import from_environment as places_from_environment
from pingshan_tools.launcher.plan import Part
from pingshan_tools.launcher.state import PartState, Phase, State, write
from pingshan_tools.process import ProgramError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 15.0
_HEALTHY_SECONDS = 60
"""A child that ran this long starts its back-off anew."""
_POLL = 0.2
_LOOK_SECONDS, _MOST_NOES = 10.0, 3
"""Seconds between two looks whether a part is well, and noes in a row after which it is started again."""


@dataclass
class Keeper:
    """Keeps one part running."""

    part: Part
    places: Places
    shown: PartState
    show: "Show"
    forks: ForkServer
    """Ends at the first failure: who mends a part has changed code that it has imported."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, others: dict[str, "Keeper"]) -> None:
        for name in self.part.after:
            self.show.phase(self.shown, Phase.WAITING, name)
            await others[name].ready.wait()
        for name in self.part.beside:
            self.show.phase(self.shown, Phase.WAITING, name)
            await others[name].began.wait()
        child = children.adopt(self.part.program, self.places, fresh=self.part.prepared())
        if child:
            self.began.set()
        while child is None and not await self._prepare():
            await self._pause()
        while True:
            began = time.monotonic()
            await self._run_once(child)
            child = None
            if time.monotonic() - began > _HEALTHY_SECONDS:
                self.shown.failures = 0
            self.shown.restarts += 1
            await self._pause()

    async def _prepare(self) -> bool:
        self.show.phase(self.shown, Phase.PREPARING)
        try:
            await self.part.prepare(self._tell(Phase.PREPARING))
        except (ProgramError, OSError) as error:
            await asyncio.to_thread(self.forks.close)
            self.show.failed(self.shown, str(error))
            return False
        return True

    async def _run_once(self, child: psutil.Process | None) -> None:
        """Follows a process from its start (or adoption) to its end."""
        program, log = self.part.program, self.places.log(self.part.program.name)
        self.show.phase(self.shown, Phase.STARTING)
        try:
            started = child = child or await self._start()
            self.shown.pid = started.pid
            await process.wait_ready(program, lambda: _alive(started), log)
            await self.part.settle(self._tell(Phase.STARTING))
            self.ready.set()
            self.show.phase(self.shown, Phase.READY)
            await followed(program, started, self._tend)
            self.show.failed(self.shown, f"stopped; the end of {log}:\n{process.tail(log)}")
        except (ProgramError, OSError) as error:
            await asyncio.to_thread(self.forks.close)
            self.show.failed(self.shown, str(error))
            if child:
                process.kill_session(child)
        finally:
            self.ready.clear()

    def _tend(self) -> None:
        children.cap_log(self.places, self.part.program.name)
        self.show.catch_up()

    async def _start(self) -> psutil.Process:
        """Starts the process, in a thread: the fork server may have to import first."""
        made = await asyncio.to_thread(children.start, self.part.program, self.places, self.part.order, self.forks)
        self.began.set()
        return made

    def _tell(self, phase: Phase) -> Callable[[str], None]:
        return lambda detail: self.show.phase(self.shown, phase, detail)

    async def _pause(self) -> None:
        await asyncio.sleep(min(_FIRST_PAUSE * 2 ** min(self.shown.failures, 10), _LONGEST_PAUSE))


async def followed(program: process.Program, child: psutil.Process, tend: Callable[[], None]) -> None:
    """Returns once the process has ended, by itself or because it kept saying that it is not well.

    `tend` is called five times a second meanwhile.
    """
    noes, look_at = 0, time.monotonic() + _LOOK_SECONDS
    while _alive(child):
        tend()
        if program.well is not None and time.monotonic() >= look_at:
            noes = 0 if await program.well() else noes + 1
            look_at = time.monotonic() + _LOOK_SECONDS
        if noes == _MOST_NOES:
            await asyncio.to_thread(process.stop, child, with_signal=program.stop_signal, seconds=program.stop_seconds)
        await asyncio.sleep(_POLL)


def _alive(child: psutil.Process) -> bool:
    children.reap(child)
    return process.is_running(child)


@dataclass
class Show:
    """Writes the state file at each change, on a full disk as soon as there is room."""

    state: State
    places: Places
    behind: bool = False

    def phase(self, part: PartState, phase: Phase, detail: str = "") -> None:
        part.phase, part.detail = phase, detail
        self._write()

    def catch_up(self) -> None:
        if self.behind:
            self._write()

    def _write(self) -> None:
        try:
            write(self.state, self.places)
            self.behind = False
        except OSError:
            self.behind = True

    def failed(self, part: PartState, detail: str) -> None:
        part.failures += 1
        part.pid = 0
        self.phase(part, Phase.FAILED, detail)


async def supervise(places: Places) -> None:
    forks = ForkServer(places.log("fork-server"))
    parts = plan.parts(chosen := plan.current(places, forks))
    forks.begin(*(part.program for part in parts if children.missing(part.program, places)))
    shown = State(supervisor=os.getpid(), base=chosen.ports.base, parts={part.name: PartState() for part in parts})
    show = Show(shown, places)
    write(shown, places)
    keepers = {part.name: Keeper(part, places, shown.parts[part.name], show, forks) for part in parts}
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(keeper.keep(keepers)) for keeper in keepers.values()]
        tasks.append(group.create_task(_close_when_all_began(forks, keepers)))
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, lambda: [task.cancel() for task in tasks])


async def _close_when_all_began(forks: ForkServer, keepers: dict[str, Keeper]) -> None:
    for keeper in keepers.values():
        await keeper.began.wait()
    forks.close()


def main() -> None:
    os.umask(OTHERS)
    places = places_from_environment()
    places.make()
    with places.lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"another supervisor keeps {places.data}") from None
        asyncio.run(supervise(places))


if __name__ == "__main__":
    main()
