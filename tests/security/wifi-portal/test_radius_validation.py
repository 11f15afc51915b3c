"""Packets that are dropped without an answer, and counted."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from pingshan_kit.storage.database import Database

from tests.support.platform import BoundService, TestPlatform
from tests.support.wifi_portal.nas import INTERIM, START, Nas
from tests.support.wifi_portal.visitor import all_applied, rows, until

MAC = "02:00:00:00:00:01"
QUICK = 0.7


@pytest.fixture(scope="module")
async def nas(bound: BoundService, portal: str) -> AsyncIterator[Nas]:
    nas = Nas.of("PS-NAS-01", bound.fields)
    yield nas
    nas.close()


async def answer(nas: Nas, request: Any) -> Any:
    return await asyncio.to_thread(nas.exchange, request)


async def silence(nas: Nas, request: Any) -> Any:
    return await asyncio.to_thread(nas.exchange, request, seconds=QUICK)


async def counted(database: Database, source: str, reason: str) -> None:
    async def check() -> Any:
        query = "SELECT packets FROM radius_drop WHERE source = :source AND reason = :reason"
        return await rows(database, query, source=source, reason=reason)

    await until(check, 15)


async def test_access_requests_without_the_right_proof(nas: Nas, database: Database) -> None:
    assert await answer(nas, nas.access_request("a", "b", MAC)) is not None
    assert await silence(nas, nas.access_request("a", "b", MAC, authenticated=False)) is None
    assert await silence(nas, nas.access_request("a", "b", MAC, secret=b"wrong")) is None
    assert await silence(nas, nas.access_request("a", "b", MAC, identifier="somebody-else")) is None
    for reason in ("missing-message-authenticator", "wrong-message-authenticator", "wrong-identifier"):
        await counted(database, "PS-NAS-01", reason)


async def test_accounting_with_a_wrong_secret_or_name(nas: Nas, database: Database) -> None:
    assert await silence(nas, nas.accounting(START, str(uuid4()), MAC, secret=b"wrong")) is None
    assert await silence(nas, nas.accounting(START, str(uuid4()), MAC, identifier="ps-pingshan-02")) is None
    await counted(database, "PS-NAS-01", "wrong-authenticator")


async def test_an_unknown_address(nas: Nas, database: Database) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.53.0.99", 0))
        stranger.settimeout(QUICK)
        stranger.sendto(nas.accounting(START, str(uuid4()), MAC).RequestPacket(), nas.acct)
        with pytest.raises(TimeoutError):
            stranger.recv(4096)
    await counted(database, "unknown", "unknown-address")


async def test_another_controllers_address(nas: Nas, bound: BoundService, database: Database) -> None:
    """The right secret from the wrong address is the wrong secret."""
    other = Nas.of("PS-NAS-02", bound.fields)
    octets = nas.accounting(START, str(uuid4()), MAC).RequestPacket()
    assert await asyncio.to_thread(other.send, octets, other.acct, seconds=QUICK) is None
    other.close()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x04",
        bytes(19),
        bytes(20),
        b"\x04\x01\x00\x14" + bytes(16),
        b"\x04\x01\xff\xff" + bytes(4000),
        bytes(9000),
    ],
)
async def test_what_is_no_packet(nas: Nas, octets: bytes) -> None:
    assert await asyncio.to_thread(nas.send, octets, nas.acct, seconds=QUICK) is None
    assert await answer(nas, nas.accounting(START, str(uuid4()), MAC)) is not None


async def test_a_login_packet_at_the_accounting_port(nas: Nas) -> None:
    octets = nas.access_request("a", "b", MAC).RequestPacket()
    assert await asyncio.to_thread(nas.send, octets, nas.acct, seconds=QUICK) is None


async def test_accounting_for_another_controllers_session(nas: Nas, bound: BoundService, database: Database) -> None:
    name = str(uuid4())
    assert await answer(nas, nas.accounting(START, name, MAC))
    await all_applied(database)
    session = (await rows(database, "SELECT * FROM wifi_session WHERE acct_session_id = :id", id=name))[0]
    other = Nas.of("PS-NAS-02", bound.fields)
    class_ = b"PSW1" + session.session_id.bytes + bytes(4)
    forged = other.accounting(INTERIM, name, MAC, class_=class_, output=10**9, seconds=60)
    assert await silence(other, forged) is None
    other.close()
    await counted(database, "PS-NAS-02", "foreign-session")
    await all_applied(database)
    after = (await rows(database, "SELECT * FROM wifi_session WHERE acct_session_id = :id", id=name))[0]
    assert after.output_octets == 0


async def test_accounting_at_an_unknown_access_point(nas: Nas, database: Database) -> None:
    assert await silence(nas, nas.accounting(START, str(uuid4()), MAC, called="06-66-66-66-66-66:i-Pingshan")) is None
    await counted(database, "PS-NAS-01", "unknown-access-point")


async def test_auto_demands_the_message_authenticator_once_it_was_sent(bound: BoundService, database: Database) -> None:
    auto = Nas.of("PS-NAS-03", bound.fields)
    assert await answer(auto, auto.access_request("a", "b", MAC, authenticated=False)) is not None
    assert await answer(auto, auto.access_request("a", "b", MAC)) is not None
    assert await silence(auto, auto.access_request("a", "b", MAC, authenticated=False)) is None
    auto.close()

    async def remembered() -> Any:
        query = "SELECT 1 FROM controller WHERE controller_id = 'PS-NAS-03' AND message_authenticator_seen"
        return await rows(database, query)

    await until(remembered, 15)


ACCESS_REQUEST, ACCOUNTING_REQUEST = 1, 4
HEADER = 20


def malformed(good: bytes) -> Iterator[bytes]:
    """What breaks RFC 2865 section 3 or 5 in one place: the length, or that of an attribute."""
    for length in range(0, len(good), 5):
        yield good[:length]
        if length >= HEADER + 2:
            yield good[:2] + (len(good) + length).to_bytes(2) + good[4:]
    at = HEADER
    while at < len(good):
        for length in (0, 1, 255):
            yield good[: at + 1] + bytes([length]) + good[at + 2 :]
        at += good[at + 1]
    for size in (4_097, 9_000, 65_000):
        yield good[:2] + min(size, 65_535).to_bytes(2) + good[4:] + b"\x1a\xff" * ((size - len(good)) // 2)


def forged(good: bytes, code: int) -> Iterator[bytes]:
    """A changed octet everywhere, and every other code, each with the authenticators as they were."""
    for place in range(4, len(good), 3):
        yield good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :]
    yield from (bytes([other]) + good[1:] for other in range(256) if other != code)


async def test_hostile_packets_get_no_answer_and_honest_ones_do(
    platform: TestPlatform, bound: BoundService, portal: str, database: Database
) -> None:
    """Truncated, lengths of 0 and 1, forged, huge and of unknown codes: all dropped, none logged as a failure."""
    nas = Nas.of("PS-NAS-04", bound.fields)
    login, report = nas.access_request("a", "b", MAC), nas.accounting(START, str(uuid4()), MAC)
    assert await answer(nas, nas.access_request("a", "b", MAC)) is not None  # from here on, signed or not at all
    sent = 0
    for good, to, code in (
        (login.RequestPacket(), nas.auth, ACCESS_REQUEST),
        (report.RequestPacket(), nas.acct, ACCOUNTING_REQUEST),
    ):
        packets = [*malformed(good), *forged(good, code)]
        for number, octets in enumerate(packets):
            nas.sock.sendto(octets, to)
            if number % 40 == 0:  # what the socket's buffer holds
                await asyncio.sleep(0.02)
        sent += len(packets)
        nas.sock.settimeout(QUICK)
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(nas.sock.recv, 4096)
    assert sent > 600
    assert await answer(nas, login) is not None
    assert await answer(nas, report) is not None
    await counted(database, "PS-NAS-04", "malformed")
    nas.close()
    [running] = [each for each in platform.running if each.program.name.startswith("wifi-portal")]
    assert '"level": "error"' not in running.log_file.read_text("utf-8", "replace")


async def test_a_replayed_packet_gets_the_same_answer_and_counts_once(
    nas: Nas, portal: str, database: Database
) -> None:
    """RFC 5080 section 2.2.2; whoever replays an Access-Request of another minute learns nothing new."""
    login = nas.access_request("a", "b", MAC).RequestPacket()
    answers = {await asyncio.to_thread(nas.send, login, nas.auth) for _ in range(3)}
    assert len(answers) == 1
    name = str(uuid4())
    report = nas.accounting(START, name, MAC).RequestPacket()
    answers = {await asyncio.to_thread(nas.send, report, nas.acct) for _ in range(3)}
    assert len(answers) == 1
    assert None not in answers
    await all_applied(database)
    assert len(await rows(database, "SELECT 1 FROM wifi_session WHERE acct_session_id = :id", id=name)) == 1
