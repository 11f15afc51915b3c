"""One peer with very many gRPC connections that it does not read: others are answered in time, and it is cut off."""

import asyncio
import struct
import time
from contextlib import closing

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pingshan.e_license.v1 import license_pb2
from pingshan_kit.rpc import server as rpc_server

from tests.support.kit.never_reading import never_reading
from tests.support.kit.rpc import Licenses, Workflow, calling, serving
from tests.support.kit.service import ELicense
from tests.support.platform import TestPlatform

SOCKETS = 300
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame of HTTP/2 (RFC 9113 section 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """A header field that is neither indexed nor compressed (RFC 7541 section 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def call(stream: int, path: bytes) -> bytes:
    fields = {b":method": b"POST", b":scheme": b"http", b":path": path, b":authority": b"localhost"}
    fields |= {b"content-type": b"application/grpc", b"te": b"trailers"}
    head = b"".join(literal(name, value) for name, value in fields.items())
    return frame(1, 4, stream, head) + frame(0, 1, stream, bytes(5))


def calls(path: bytes) -> bytes:
    """Four calls with an empty message, for whose answers no window is ever given."""
    no_window = frame(4, 0, 0, struct.pack(">HI", 4, 0))
    return PREFACE + no_window + b"".join(call(2 * number + 1, path) for number in range(4))


@pytest.mark.parametrize("path", [b"/grpc.health.v1.Health/Check", b"/grpc.health.v1.Health/Watch"])
async def test_who_never_reads_keeps_nobody_from_being_answered(
    platform: TestPlatform, settings: ELicense, monkeypatch: pytest.MonkeyPatch, path: bytes
) -> None:
    changed = {"grpc.max_connection_age_ms": 3_000, "grpc.max_connection_age_grace_ms": 2_000}
    options = [(name, changed.get(name, value)) for name, value in rpc_server.OPTIONS]
    monkeypatch.setattr(rpc_server, "OPTIONS", options)
    caller = platform.service("workflow", migrated=False).settings(Workflow)
    async with serving(settings, Licenses(), {}), calling(caller) as stub:
        with closing(await never_reading(settings.grpc_port, SOCKETS, calls(path))) as reading:
            slowest, end = 0.0, time.monotonic() + 8
            while time.monotonic() < end:
                start = time.monotonic()
                await stub.SearchLicenses(license_pb2.SearchLicensesRequest())
                slowest = max(slowest, time.monotonic() - start)
                await asyncio.sleep(0.05)
            assert await reading.were_closed(30), "a connection is still open"
    assert slowest < 1.0


async def test_nobody_stays_in_a_call_for_health(settings: ELicense) -> None:
    async with serving(settings, Licenses(), {}), grpc.aio.insecure_channel(f"localhost:{settings.grpc_port}") as open_:
        stub = health_pb2_grpc.HealthStub(open_)
        healthy = await stub.Check(health_pb2.HealthCheckRequest())
        assert healthy.status == health_pb2.HealthCheckResponse.SERVING
        watching = stub.Watch(health_pb2.HealthCheckRequest(), timeout=5)
        assert await watching.code() is grpc.StatusCode.UNIMPLEMENTED
