"""A telephone number that somebody else had before opens nothing of theirs, and they nothing of the new owner's."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.alerts.fake import FakeAlerts
from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Browser, Identity, csrf_of, submit
from tests.support.identity.passkeys import begin, give, register
from tests.support.identity.upstreams import back, choose, off_to_link, onward, sign_in_by
from tests.support.platform import BoundService

SIGN_IN = "/public/sign-in"


@pytest.fixture(scope="module")
async def alerts(bound_identity: BoundService, identity: Identity) -> AsyncIterator[FakeAlerts]:
    fake = await FakeAlerts(bound_identity.fields["rpc_alerts"]).start()
    yield fake
    await fake.stop()


async def by_code(identity: Identity, alerts: FakeAlerts, mobile: str, page: Browser) -> httpx.Response:
    identity.execute("UPDATE sms_challenge SET sent_at = sent_at - interval '1 day'")
    alerts.sent.clear()
    address = submit(page, f"{SIGN_IN}/code/send", {"mobile": mobile}, at=SIGN_IN).headers["location"]
    async with asyncio.timeout(20):
        while not alerts.sent:  # noqa: ASYNC110 - another process sends
            await asyncio.sleep(0.05)
    return submit(page, address, {"code": alerts.code(f"+86{mobile}")})


async def owner_with_passkey(identity: Identity, alerts: FakeAlerts, mobile: str) -> tuple[Browser, Authenticator]:
    page, authenticator = identity.browser(), Authenticator(identity.url, synced=True)
    assert (await by_code(identity, alerts, mobile, page)).headers["location"] == "/"
    assert register(page, authenticator).status_code == 303
    return page, authenticator


def by_passkey(identity: Identity, authenticator: Authenticator) -> tuple[int, str]:
    """Status of the sign-in, and what one's own page then says."""
    page = identity.browser()
    shown, asked = begin(page, sign_in=SIGN_IN)
    answer = give(page, shown, asked["attempt"], authenticator.get(asked["publicKey"]), sign_in=SIGN_IN)
    return answer.status_code, page.get("/account").text


async def test_an_upstream_that_proves_the_number_too_begins_a_new_person(
    identity: Identity, alerts: FakeAlerts, simulators: str
) -> None:
    _, former = await owner_with_passkey(identity, alerts, "13800000101")
    page = identity.browser()
    assert onward(sign_in_by(page, "gd-unified", "gd-0101")) == "/"
    assert "何新来" in page.get("/account").text
    status, account = by_passkey(identity, former)
    assert status == 303
    assert "何新来" not in account
    assert "未实名用户" in account


async def test_a_code_opens_no_account_with_a_passkey(identity: Identity, alerts: FakeAlerts, simulators: str) -> None:
    _, former = await owner_with_passkey(identity, alerts, "13800000102")
    page = identity.browser()
    second = (await by_code(identity, alerts, "13800000102", page)).headers["location"]
    assert second.startswith("/sign-in/second-factor?")
    assert submit(page, second.replace("-factor?", "-factor/begin-anew?"), {}, at=second).headers["location"] == "/"
    assert onward(back(page, choose(off_to_link(page, "gd-unified"), "gd-0102"))) == "/account/upstreams"
    assert "欧阳若兰" in page.get("/account").text
    status, account = by_passkey(identity, former)
    assert (status, "欧阳若兰" in account) == (303, False)


async def test_a_name_that_is_proven_ends_every_way_in_from_before(
    identity: Identity, alerts: FakeAlerts, simulators: str
) -> None:
    page, former = await owner_with_passkey(identity, alerts, "13900000031")
    status, _ = by_passkey(identity, former)
    assert status == 303
    assert onward(back(page, choose(off_to_link(page, "gd-unified"), "gd-0103"))) == "/account/upstreams"
    assert by_passkey(identity, former)[0] == 401
    alive = identity.execute(
        "SELECT count(*) AS n FROM sso_session JOIN person USING (person_id) WHERE ended_at IS NULL "
        "AND person_id = (SELECT person_id FROM sso_session WHERE end_reason = 'security' LIMIT 1)"
    )
    assert alive[0]["n"] == 1
    assert page.get("/account").status_code == 200


async def test_a_code_enrols_no_authenticator_that_then_counts_as_the_stronger_proof(
    identity: Identity, alerts: FakeAlerts
) -> None:
    """+8613800000004 has a proven name, a password, and no second factor."""
    page = identity.browser()
    second = (await by_code(identity, alerts, "13800000004", page)).headers["location"]
    set_up = second.replace("/second-factor?", "/set-up?")
    shown = page.get(set_up)
    assert (shown.status_code, "otpauth" in shown.text) == (303, False)
    form = {"csrf_token": csrf_of(page.get(second)), "code": "123456"}
    assert page.post(set_up, form).status_code == 303
    assert identity.execute("SELECT count(*) AS n FROM totp JOIN person USING (person_id) WHERE realm = 'public'") == [
        (0,)
    ]
    assert page.get("/account").status_code == 303
