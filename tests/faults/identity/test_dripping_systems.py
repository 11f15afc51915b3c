"""Systems that drip their answer to a sign-out hold up no code by SMS, and are cut off."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from pingshan_identity.clients.relying_parties import PATIENCE

from tests.support.alerts.fake import FakeAlerts
from tests.support.identity.fixtures import seeded
from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.parties import Browser, Identity, csrf_of, submit
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import until

DRIPPING = 36
SIGN_IN = "/public/sign-in"


@pytest.fixture(scope="module")
def receiver() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        receiver.drips = True
        yield receiver
        receiver.drips = False


@pytest.fixture(scope="module")
def identity(platform: TestPlatform, bound_identity: BoundService, receiver: LogoutReceiver) -> Identity:
    made = seeded(platform, bound_identity)
    made.tell_everything_to(receiver.uri(""))
    platform.start("identity")
    return made


@pytest.fixture(scope="module")
async def alerts(bound_identity: BoundService) -> AsyncIterator[FakeAlerts]:
    fake = await FakeAlerts(bound_identity.fields["rpc_alerts"]).start()
    yield fake
    await fake.stop()


def end_all(page: Browser) -> str:
    answer = page.post("/account/sessions/end-all", data={"csrf_token": csrf_of(page.get("/account"))})
    return str(answer.headers["location"]).rpartition("/")[2]


async def seconds_to_a_code(page: Browser, alerts: FakeAlerts, mobile: str) -> float:
    """From the form to alerts."""
    began = time.monotonic()
    assert submit(page, f"{SIGN_IN}/code/send", {"mobile": mobile}, at=SIGN_IN).status_code == 303
    async with asyncio.timeout(20):
        while not any(item.mobile_number == f"+86{mobile}" for item in alerts.sent):  # noqa: ASYNC110 - another process sends
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_code_goes_out_while_sign_outs_drip(
    identity: Identity, alerts: FakeAlerts, receiver: LogoutReceiver
) -> None:
    pages = [identity.signed_in(login) for login in ("water01", "hall01", "amr01")]
    visitor = identity.browser()
    assert visitor.get(SIGN_IN).status_code == 200
    sign_outs = [end_all(page) for page in pages]
    until(lambda: receiver.dripping >= 30)
    waiting = "SELECT count(*) FROM logout_delivery WHERE sign_out_id = ANY($1::uuid[]) AND state = 'pending'"
    assert identity.execute(waiting, sign_outs)[0][0] >= DRIPPING
    for number in range(3):
        assert await seconds_to_a_code(visitor, alerts, f"1380000{4400 + number}") < 2 * PATIENCE / 3
        assert receiver.dripping, "all the while"
    failed = "SELECT count(*) FROM logout_delivery WHERE sign_out_id = ANY($1::uuid[]) AND failure = 'TIMEOUT'"
    until(lambda: identity.execute(failed, sign_outs)[0][0] >= DRIPPING, seconds=6 * PATIENCE)
