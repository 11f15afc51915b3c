"""Durable accounting per second, and the bare loop without storage as its peer, in the same run.

What a report costs in all, from the packet to the session, the event and the day's volume, is counted in CPU-seconds of
wifi-portal, PostgreSQL's apart.

    .venv/bin/pytest -s tests/load/wifi-portal/bench_accounting.py

Goal: at least 0.3 of the bare loop, and at least 40 times the need of 234/s.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.radius import Attribute, Code, integer

from tests.support.load.figures import Figures
from tests.support.load.measuring import Processes, cpu_seconds
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import free_port
from tests.support.wifi_portal.nas import INTERIM, START, Nas

SESSIONS = 2_000
OUTSTANDING = 500
SECONDS = 4.0
ROUNDS = 3
NEED = 234


class Sender:
    """Interim reports of many sessions, as many in flight as a busy controller has; counts the answers."""

    def __init__(self, nas: Nas, to: tuple[str, int]) -> None:
        self._nas = nas
        self._to = to
        self._sockets = [self._socket() for _ in range(OUTSTANDING // 250)]
        self.turn = 0

    def _socket(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_000_000)
        sock.bind((self._nas.configuration["address"], 0))
        sock.settimeout(0.5)
        return sock

    def packets(self, status: int, prefix: str = "load") -> list[bytes]:
        """One per session of that prefix; made before the clock runs."""
        self.turn += 1
        return [self._packet(status, session, prefix) for session in range(SESSIONS)]

    def _packet(self, status: int, session: int, prefix: str) -> bytes:
        name = self._nas.configuration["nas_identifier"].encode()
        attributes = [
            (Attribute.ACCT_STATUS_TYPE, integer(status)),
            (Attribute.ACCT_SESSION_ID, f"{prefix}-{session}".encode()),
            (Attribute.CALLING_STATION_ID, f"02-00-00-00-{session >> 8:02X}-{session & 255:02X}".encode()),
            (Attribute.CALLED_STATION_ID, self._nas.called_station_id.encode()),
            (Attribute.NAS_IDENTIFIER, name),
            (Attribute.FRAMED_IP_ADDRESS, bytes([10, 53, session >> 8, session & 255])),
            (Attribute.ACCT_INPUT_OCTETS, integer(self.turn * 1_000)),
            (Attribute.ACCT_OUTPUT_OCTETS, integer(self.turn * 9_000)),
            (Attribute.ACCT_SESSION_TIME, integer(self.turn)),
        ]
        return radius.encode_request(Code.ACCOUNTING_REQUEST, session % 250, attributes, self._nas.secret)

    def send(self, packets: list[bytes]) -> float:
        """Seconds until every packet was answered."""
        began = time.perf_counter()
        for start in range(0, len(packets), OUTSTANDING):
            self._window(packets[start : start + OUTSTANDING])
        return time.perf_counter() - began

    def _window(self, packets: list[bytes]) -> None:
        for index, sock in enumerate(self._sockets):
            mine = packets[index * 250 : (index + 1) * 250]
            waiting = {packet[1]: packet for packet in mine}
            for packet in mine:
                sock.sendto(packet, self._to)
            while waiting:
                try:
                    waiting.pop(sock.recv(4096)[1], None)
                except TimeoutError:
                    for packet in waiting.values():
                        sock.sendto(packet, self._to)

    def rate(self) -> float:
        """Answers per second."""
        answered, busy = 0, 0.0
        while busy < SECONDS:
            packets = self.packets(INTERIM)
            busy += self.send(packets)
            answered += len(packets)
        return answered / busy


@pytest.fixture(scope="module")
def bound(platform_settings: Callable[..., BoundService]) -> BoundService:
    return platform_settings("wifi-portal", seeded=True)


@pytest.fixture(scope="module")
def nas(platform: TestPlatform, bound: BoundService) -> Nas:
    """A controller of a wifi-portal that is ready for its reports."""
    platform.start("wifi-portal", "http", "radius", "intake")
    nas = Nas.of("PS-NAS-01", bound.fields)
    assert nas.exchange(nas.accounting(START, "ready", "02:00:00:00:FF:FF")) is not None
    return nas


def test_durable_accounting_against_the_bare_loop(bound: BoundService, nas: Nas, figures: Figures) -> None:
    durable = Sender(nas, nas.acct)
    durable.send(durable.packets(START))

    port, program = free_port(), Path(__file__).with_name("bare_loop.py")
    peer = subprocess.Popen([sys.executable, str(program), bound.fields["nas_secrets_file"], str(port)])
    try:
        bare = Sender(nas, ("127.0.0.1", port))
        bare.send(bare.packets(START))
        rounds = [(durable.rate(), bare.rate()) for _ in range(ROUNDS)]
    finally:
        peer.terminate()
        peer.wait()
    for ours, theirs in rounds:
        print(f"\ndurable {ours:,.0f}/s, bare loop {theirs:,.0f}/s, ratio {ours / theirs:.2f}; need {NEED}/s", end="")
    ratios = [ours / theirs for ours, theirs in rounds]
    figures.add("wifi-portal: accounting", *ratios, peer="the bare loop, nothing stored", at_least=0.3)


def test_cpu_of_accounting(
    platform: TestPlatform, nas: Nas, processes_of: Callable[[str], Processes], figures: Figures
) -> None:
    sender = Sender(nas, nas.acct)
    portal, admin = processes_of("wifi-portal"), platform.database_admin_url("wifi-portal")
    asyncio.run(_all_applied(admin))
    for name, status in (("Starts", START), ("interim reports", INTERIM)):
        rates = []
        for turn in range(ROUNDS):
            packets = sender.packets(status, f"cpu-{turn}")
            before = cpu_seconds(portal())
            sender.send(packets)
            asyncio.run(_all_applied(admin))
            rates.append(SESSIONS / (cpu_seconds(portal()) - before))
        figures.add(f"wifi-portal: {name} per CPU-second, applied", *rates, unit="/s")


async def _all_applied(url: str) -> None:
    connection = await asyncpg.connect(url)
    while await connection.fetchval("SELECT count(*) FROM intake"):  # noqa: ASYNC110 - another process applies
        await asyncio.sleep(0.05)
    await connection.close()
