"""Durable accounting per second, and the bare loop without storage as its peer, in the same run.

    .venv/bin/pytest -s tests/load/wifi-portal/accounting.py

Prints both rates and their ratio. Goal: at least 0.3 of the bare loop, and at least 40 times the need of 234/s.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.radius import Attribute, Code, integer

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

    def packets(self, status: int) -> list[bytes]:
        """One per session; made before the clock runs."""
        self.turn += 1
        return [self._packet(status, session) for session in range(SESSIONS)]

    def _packet(self, status: int, session: int) -> bytes:
        name = self._nas.configuration["nas_identifier"].encode()
        attributes = [
            (Attribute.ACCT_STATUS_TYPE, integer(status)),
            (Attribute.ACCT_SESSION_ID, f"load-{session}".encode()),
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


def test_durable_accounting_against_the_bare_loop(
    platform: TestPlatform, platform_settings: Callable[..., BoundService]
) -> None:
    bound = platform_settings("wifi-portal", seeded=True)
    platform.start("wifi-portal", "http", "radius")
    nas = Nas.of("PS-NAS-01", bound.fields)
    durable = Sender(nas, nas.acct)
    assert nas.exchange(nas.accounting(START, "ready", "02:00:00:00:FF:FF")) is not None
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
    ours, theirs = median(pair[0] for pair in rounds), median(pair[1] for pair in rounds)
    print(f"\ndurable {ours:,.0f}/s, bare loop {theirs:,.0f}/s, ratio {ours / theirs:.2f}; need {NEED}/s")
    assert ours > NEED
