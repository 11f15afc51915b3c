"""Packets that are dropped without an answer, and counted."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from pingshan_kit.storage.database import Database

from tests.support.platform import BoundService
from tests.support.wifi_portal.nas import INTERIM, START, Nas
from tests.support.wifi_portal.visitor import rows, until

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
    session = (await rows(database, "SELECT * FROM wifi_session WHERE acct_session_id = :id", id=name))[0]
    other = Nas.of("PS-NAS-02", bound.fields)
    class_ = b"PSW1" + session.session_id.bytes + bytes(4)
    forged = other.accounting(INTERIM, name, MAC, class_=class_, output=10**9, seconds=60)
    assert await silence(other, forged) is None
    other.close()
    await counted(database, "PS-NAS-02", "foreign-session")
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
