"""Systems that registered themselves and drip their answer to a sign-out hold up no system that somebody connected."""

import time
from collections.abc import Iterator

import pytest
from pingshan_identity.clients.relying_parties import PATIENCE

from tests.support.identity.fixtures import seeded
from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Identity, csrf_of
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import until

REGISTERED = 60
"""One initial access token is good for 100."""


@pytest.fixture(scope="module")
def dripping() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        receiver.drips = True
        yield receiver
        receiver.drips = False


@pytest.fixture(scope="module")
def honest() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def identity(platform: TestPlatform, bound_identity: BoundService, honest: LogoutReceiver) -> Identity:
    bound_identity.fields["registered_trusted"] = "localhost"
    made = seeded(platform, bound_identity)
    made.tell_everything_to(honest.uri(""))
    platform.start("identity")
    return made


async def test_connected_systems_are_told_at_once_all_the_same(
    identity: Identity, bound_identity: BoundService, honest: LogoutReceiver, dripping: LogoutReceiver
) -> None:
    for number in range(REGISTERED):
        name = f"a-{number}"  # told before all others
        third = {"third_party": True, "backchannel_logout_uri": dripping.uri(name), "launch_uri": dripping.uri("")}
        await add_client(bound_identity, name, **third)
    page = identity.signed_in("water01")
    answer = page.post("/account/sessions/end-all", data={"csrf_token": csrf_of(page.get("/account"))})
    board = str(answer.headers["location"])
    began = time.monotonic()
    until(lambda: len(honest.told) == 29, seconds=4 * PATIENCE)
    assert time.monotonic() - began < PATIENCE / 2
    assert 0 < dripping.dripping <= 8, "they drip all the while"
    assert f"/{29 + REGISTERED} 个系统已确认退出" in page.get(board).text
