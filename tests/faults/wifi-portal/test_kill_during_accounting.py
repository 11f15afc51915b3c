"""kill -9 in a storm of accounting: whatever was answered is applied, and nothing is applied twice."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pingshan_kit.storage.database import Database

from tests.support.alerts.fake import FakeAlerts
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running
from tests.support.wifi_portal.nas import INTERIM, START, Nas
from tests.support.wifi_portal.visitor import all_applied, rows, until

DEVICES = 40
ROUNDS = 30
STEP = 1_000_000


@dataclass
class Storm:
    """Devices that report growing counters, each report again until it is answered."""

    nas: Nas
    answered: dict[int, int] = field(default_factory=dict)
    """Device → octets of its last answered report."""

    async def run(self) -> None:
        await asyncio.gather(*(self._device(number) for number in range(DEVICES)))

    async def _device(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind((self.nas.configuration["address"], 0))
            for turn in range(ROUNDS):
                octets = self._report(number, turn).RequestPacket()
                while not await _answered(loop, sock, octets, self.nas.acct):
                    pass
                self.answered[number] = turn * STEP

    def _report(self, number: int, turn: int) -> Any:
        mac, status = f"02:00:00:00:FA:{number:02X}", INTERIM if turn else START
        return self.nas.accounting(status, f"storm-{number}", mac, output=turn * STEP, seconds=turn)


async def _answered(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, octets: bytes, address: tuple[str, int]
) -> bool:
    await loop.sock_sendto(sock, octets, address)
    try:
        async with asyncio.timeout(0.5):
            return bool(await loop.sock_recv(sock, 4096))
    except (TimeoutError, OSError):
        return False


async def sums(database: Database) -> dict[int, int]:
    query = "SELECT acct_session_id, output_octets FROM wifi_session WHERE acct_session_id LIKE 'storm-%'"
    return {int(row[0].removeprefix("storm-")): row[1] for row in await rows(database, query)}


async def test_nothing_answered_is_lost_and_nothing_is_doubled(
    platform: TestPlatform, bound: BoundService, alerts: FakeAlerts, database: Database
) -> None:
    running: Running = platform.start("wifi-portal")
    storm = Storm(Nas.of("PS-NAS-01", bound.fields))
    work = asyncio.create_task(storm.run())
    for _ in range(3):
        before = dict(storm.answered)
        await until(_moved(storm, before), 60)
        await asyncio.to_thread(running.kill)
        answered = dict(storm.answered)
        await asyncio.to_thread(running.start)
        await until(_applied(database, answered), 60)
        assert all(octets % STEP == 0 for octets in (await sums(database)).values())
    await work
    await all_applied(database)
    assert await sums(database) == dict.fromkeys(range(DEVICES), (ROUNDS - 1) * STEP)

    async def published() -> bool:
        query = "SELECT count(*) FROM {} WHERE subject = 'wifi-portal.session.started.v1'"
        counts = [(await rows(database, query.format(table)))[0][0] for table in ("event_log", "outbox")]
        return counts == [DEVICES, 0]

    await until(published, 30)
    storm.nas.close()


def _applied(database: Database, answered: dict[int, int]) -> Callable[[], Any]:
    async def check() -> bool:
        stored = await sums(database)
        return all(stored.get(number, -1) >= octets for number, octets in answered.items())

    return check


def _moved(storm: Storm, before: dict[int, int]) -> Callable[[], Any]:
    async def check() -> bool:
        return sum(storm.answered.values()) > sum(before.values()) + 3 * DEVICES * STEP

    return check
