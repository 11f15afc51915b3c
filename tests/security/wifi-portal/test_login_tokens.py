"""The one-time token between portal and controller."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pingshan_kit.storage.database import Database
from pyrad import packet as peer

from tests.support.alerts.fake import FakeAlerts
from tests.support.platform import BoundService
from tests.support.wifi_portal.nas import Nas
from tests.support.wifi_portal.visitor import Visitor

Visitors = Callable[..., Visitor]
ACCEPT, REJECT = 2, 3
MAC = "02:00:00:00:00:09"


@pytest.fixture(scope="module")
async def nas(bound: BoundService, portal: str) -> AsyncIterator[Nas]:
    nas = Nas.of("PS-NAS-04", bound.fields)
    yield nas
    nas.close()


@pytest.fixture
async def other_nas(bound: BoundService, portal: str) -> AsyncIterator[Nas]:
    nas = Nas.of("PS-NAS-07", bound.fields)
    yield nas
    nas.close()


async def token_of(visitor: Visitor, alerts: FakeAlerts, mobile: str) -> tuple[str, str]:
    """Username and token, as PAP takes them to the controller."""
    await visitor.join()
    visitor.told.pop("challenge")
    await visitor.open()
    await visitor.ask_for_code(mobile)
    await visitor.submit("/code", code=alerts.code(f"+86{mobile}"))
    query = parse_qs(urlsplit(visitor.login_url()).query)
    return query["username"][0], query["password"][0]


async def code_of(nas: Nas, request: peer.AuthPacket) -> int | None:
    reply = await asyncio.to_thread(nas.exchange, request)
    return None if reply is None else int(reply.code)


async def test_a_token_opens_one_session(visitor: Visitors, alerts: FakeAlerts, nas: Nas) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005001")
    assert await code_of(nas, nas.access_request(username, token, person.mac)) == ACCEPT
    assert await code_of(nas, nas.access_request(username, token, person.mac)) == REJECT


async def test_a_token_used_twice_at_once_opens_one_session(
    visitor: Visitors, alerts: FakeAlerts, bound: BoundService
) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005002")
    both = [Nas.of("PS-NAS-04", bound.fields) for _ in range(4)]
    requests = [asyncio.to_thread(nas.exchange, nas.access_request(username, token, person.mac)) for nas in both]
    codes = [int(reply.code) for reply in await asyncio.gather(*requests) if reply]
    for each in both:
        each.close()
    assert sorted(codes) == [ACCEPT, REJECT, REJECT, REJECT]


async def test_a_token_is_void_after_a_minute(
    visitor: Visitors, alerts: FakeAlerts, nas: Nas, database: Database
) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005003")
    async with database.begin() as tx:
        await tx.exec_driver_sql("UPDATE login_token SET expires_at = expires_at - interval '61 seconds'")
    assert await code_of(nas, nas.access_request(username, token, person.mac)) == REJECT


async def test_a_token_belongs_to_its_device(visitor: Visitors, alerts: FakeAlerts, nas: Nas) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005004")
    assert await code_of(nas, nas.access_request(username, token, "02:00:00:00:66:66")) == REJECT


async def test_a_token_belongs_to_its_controller(visitor: Visitors, alerts: FakeAlerts, other_nas: Nas) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005005")
    assert await code_of(other_nas, other_nas.access_request(username, token, person.mac)) == REJECT


async def test_a_wrong_token_is_refused(visitor: Visitors, alerts: FakeAlerts, nas: Nas) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005006")
    for wrong in ("", "0" * 40, token[:-1], token.upper() + "A"):
        assert await code_of(nas, nas.access_request(username, wrong, person.mac)) == REJECT
    assert await code_of(nas, nas.access_request(username, token, person.mac)) == ACCEPT


async def test_an_unknown_user_is_refused(nas: Nas) -> None:
    for username in ("", "nobody", "' OR 1=1 --", "\x00", "\ud83d\ude00" * 20):
        request = nas.access_request(username.encode("utf-16", "surrogatepass").decode("utf-16"), "0" * 40, MAC)
        assert await code_of(nas, request) == REJECT


async def test_an_access_point_of_another_controller_is_refused(
    visitor: Visitors, alerts: FakeAlerts, nas: Nas
) -> None:
    person = visitor()
    username, token = await token_of(person, alerts, "13800005009")
    foreign: Any = nas.access_request(username, token, person.mac, called="02-50-53-00-00-01:i-Pingshan")
    assert await code_of(nas, foreign) == REJECT
