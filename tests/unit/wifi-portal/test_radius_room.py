"""A controller, or whoever writes packets in its name, leaves room for the others."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.login import AccessRejected
from pingshan_wifi_portal.domain.radius import Code, Packet
from pingshan_wifi_portal.entrypoints import radius, radius_attributes
from pingshan_wifi_portal.entrypoints.radius_validation import Request, RequestValidation
from pingshan_wifi_portal.usecases.dependencies import Dependencies

FLOOD = 300
DEPS = cast("Dependencies", SimpleNamespace())


def request(controller: str, number: int, code: Code = Code.ACCESS_REQUEST) -> Request:
    described = Controller(controller, "", "", controller, "", False, False, False, b"secret")
    packet = Packet(code, number % 256, number.to_bytes(16), (), b"", {})
    return Request(described, packet, (controller, number))


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """No login is decided before the event; then each is refused, of which the log takes one line and no traceback."""
    may_end = asyncio.Event()

    async def wait(*_: Any) -> None:
        await may_end.wait()
        raise AccessRejected(reason="test")

    monkeypatch.setattr(radius, "authorise_login", wait)
    monkeypatch.setattr(radius_attributes, "to_access_request", lambda request: request)
    return may_end


async def test_a_flood_of_logins_of_one_controller_leaves_room(stuck: asyncio.Event) -> None:
    validation = RequestValidation()
    server = radius.AuthenticationServer(validation, DEPS)
    for number in range(FLOOD):
        server.process(request("one", number))
    assert validation.discarded["one", "overload"] == FLOOD - radius.MAXIMUM_AUTHENTICATIONS // radius.ONE_CONTROLLER
    server.process(request("other", 1))
    assert not validation.discarded["other", "overload"]
    stuck.set()
    await asyncio.sleep(0.2)
    validation.discarded.clear()
    server.process(request("one", FLOOD))
    assert not validation.discarded["one", "overload"], "there is room again"


async def test_all_controllers_together_have_a_limit(stuck: asyncio.Event) -> None:
    validation = RequestValidation()
    server = radius.AuthenticationServer(validation, DEPS)
    for number in range(FLOOD):
        server.process(request(f"controller-{number % 30}", number))
    assert sum(validation.discarded.values()) == FLOOD - radius.MAXIMUM_AUTHENTICATIONS
    stuck.set()
    await asyncio.sleep(0.2)


async def test_a_flood_of_accounting_of_one_controller_leaves_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radius, "MAXIMUM_WAITING", 100)
    validation = RequestValidation()
    server = radius.AccountingServer(validation, DEPS)
    for number in range(60):
        server.process(request("one", number, Code.ACCOUNTING_REQUEST))
    server.process(request("other", 1, Code.ACCOUNTING_REQUEST))
    assert validation.discarded == {("one", "overload"): 35}


async def test_the_reports_of_one_controller_hold_up_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut one reports tens of thousands of sessions at once."""
    heard: list[list[tuple[str, int]]] = []
    all_heard = asyncio.Event()

    async def hear(batch: Sequence[Request]) -> None:
        heard.append([request.source for request in batch])
        if sum(map(len, heard)) == 97:
            all_heard.set()

    monkeypatch.setattr(radius, "MAXIMUM_BATCH", 10)
    server = radius.AccountingServer(RequestValidation(), DEPS)
    monkeypatch.setattr(server, "_hear", hear)
    for number in range(95):
        server.process(request("one", number, Code.ACCOUNTING_REQUEST))
    for number in range(2):
        server.process(request("other", number, Code.ACCOUNTING_REQUEST))
    running = asyncio.create_task(server.run())
    await asyncio.wait_for(all_heard.wait(), 30)
    running.cancel()
    assert [source for source in heard[0] if source[0] == "other"] == [("other", 0), ("other", 1)]
    assert [source for batch in heard for source in batch if source[0] == "one"] == [("one", n) for n in range(95)]
    assert [len(batch) for batch in heard] == [10] * 9 + [7], "each batch is as full as it may be"
