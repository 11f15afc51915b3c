"""Calls that nobody finishes sending: others are answered in time, and the connections are closed."""

import asyncio
import struct
import time

import pytest
from pingshan.e_license.v1 import license_pb2
from pingshan_kit.rpc import server as rpc_server

from tests.support.kit.dripping import all_closed, opened
from tests.support.kit.rpc import Licenses, Workflow, calling, serving
from tests.support.kit.service import ELicense
from tests.support.platform import TestPlatform

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = struct.pack(">I", 0)[1:] + b"\x04\x00" + struct.pack(">I", 0)
HEADERS = struct.pack(">I", 5000)[1:] + b"\x01\x04" + struct.pack(">I", 1)
"""A frame that announces 5,000 octets, of which some come (RFC 9113 sections 3.4, 4.1, 6.2)."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {
        "grpc.server_handshake_timeout_ms": 2_000,
        "grpc.max_connection_age_ms": 2_000,
        "grpc.max_connection_age_grace_ms": 2_000,
    }
    options = [(name, changed.get(name, value)) for name, value in rpc_server.OPTIONS]
    monkeypatch.setattr(rpc_server, "OPTIONS", options)


@pytest.mark.parametrize(
    ("first", "drop"),
    [(b"", b""), (PREFACE[:10], b""), (PREFACE + SETTINGS, b""), (PREFACE + SETTINGS + HEADERS, b"x")],
    ids=["silent", "half", "idle", "call"],
)
async def test_calls_that_nobody_finishes_are_closed_while_others_are_answered(
    platform: TestPlatform, settings: ELicense, first: bytes, drop: bytes
) -> None:
    caller = platform.service("workflow", migrated=False).settings(Workflow)
    async with serving(settings, Licenses(), {}), calling(caller) as stub:
        peers = await opened(settings.grpc_port, 300, first)
        closing = asyncio.create_task(all_closed(peers, seconds=12, drop=drop))
        slowest = 0.0
        while not closing.done():
            start = time.monotonic()
            await stub.SearchLicenses(license_pb2.SearchLicensesRequest())
            slowest = max(slowest, time.monotonic() - start)
            await asyncio.sleep(0.05)
        assert await closing, "a connection is still open"
    assert slowest < 1.0
