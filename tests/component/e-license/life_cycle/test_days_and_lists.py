"""What a licence was on a day, what expires soon, and what is found by number and state."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pingshan_e_license.domain.license import State
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_kit import clock
from sqlalchemy import text

from tests.support.e_license.life_cycle import AMR, act, permit, serial
from tests.support.e_license.orders import issue_permit
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer


@pytest.fixture(scope="module")
async def amr(running: RunningService, identity_tokens: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http(identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")) as client:
        yield client


async def test_a_decision_may_hold_from_an_earlier_day_and_is_asked_for_by_both(
    running: RunningService, amr: httpx.AsyncClient
) -> None:
    now = clock.now()
    license_id = await permit(running.given, effective_on=clock.today() - timedelta(days=30))
    earlier = now - timedelta(days=10)
    assert (await act(amr, license_id, "suspension", effective_at=earlier.isoformat())).json()["state"] == "suspended"

    async def asked(at: int, known: float) -> str | None:
        moments = {"at": now - timedelta(days=at), "known_at": clock.now() - timedelta(days=known)}
        query = {name: moment.isoformat() for name, moment in moments.items()}
        answer = await amr.get(f"/v1/licenses/{license_id}/as-of", params=query)
        state: str | None = answer.json()["state"]
        return state

    assert await asked(5, 0) == "suspended"
    assert await asked(15, 0) == "valid"
    assert await asked(40, 0) == "not_yet_valid"
    assert await asked(5, 1) is None, "nothing was known yesterday"
    late = await amr.get(f"/v1/licenses/{license_id}/as-of", params={"at": "9999-12-31T23:59:59Z"})
    assert (late.status_code, late.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")
    for wrong in ((now + timedelta(days=1)).isoformat(), "1999-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00"):
        refused = await act(amr, license_id, "resumption", effective_at=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")


async def test_the_state_on_a_day_by_its_page(running: RunningService) -> None:
    license_id = await permit(running.given, effective_on=clock.today() - timedelta(days=30))
    async with running.pages(AMR) as browser:
        today = clock.today()
        address = f"/licenses/{license_id}/as-of"
        assert "有效" in (await browser.get(address)).text
        assert "当时还没有这张证照" in (await browser.get(f"{address}?known_on={today - timedelta(days=3)}")).text
        assert "尚未生效" in (await browser.get(f"{address}?day={today - timedelta(days=40)}")).text
        wrong = await browser.get(f"{address}?day=gestern")
        assert wrong.status_code == 422
        assert 'id="day-error"' in wrong.text
        assert (await browser.get(f"{address}?day=9999-12-31")).status_code == 200
        assert (await browser.get(f"{address}?day=0001-01-01")).status_code == 422


async def test_expiring_soon(running: RunningService, amr: httpx.AsyncClient) -> None:
    soon = [
        await permit(running.given, expires_on=clock.today() + timedelta(days=days)) for days in (80, 20, 50, 20, 0)
    ]
    async with running.pages(AMR) as browser:
        for days, wanted in [("30", 3), ("60", 4), ("90", 5)]:
            page = (await browser.get(f"/workspace/expiring?days={days}")).text
            listed = re.findall(r'href="/licenses/([0-9a-f-]{36})"', page)
            in_order = [soon[4], soon[1], soon[3], soon[2], soon[0]]
            assert [each for each in listed if each in soon] == in_order[:wanted]
    seen: list[str] = []
    token = ""
    while True:
        query: dict[str, Any] = {"days": 90, "page_size": 2, "page_token": token}
        answer = (await amr.get("/v1/licenses/expiring", params=query)).json()
        seen += [each["license_id"] for each in answer["licenses"]]
        token = answer["next_page_token"]
        if not token:
            break
    assert len(seen) == len(set(seen))
    assert set(soon) <= set(seen)
    for wrong in ({"days": 0}, {"days": 367}, {"days": 30, "page_token": "x"}):
        assert (await amr.get("/v1/licenses/expiring", params=wrong)).status_code == 422


async def test_found_by_number_and_state(running: RunningService, amr: httpx.AsyncClient) -> None:
    number = serial()
    issued = await issue_license(running.given, AMR, issue_permit(number))
    license_id, identifier = str(issued.license.license_id), issued.license.identifier
    await act(amr, license_id, "suspension")
    for body, found in [
        ({"text": number[:8]}, True),
        ({"text": identifier}, True),
        ({"text": number[:8], "state": "suspended"}, True),
        ({"text": number[:8], "state": "valid"}, False),
        ({"text": "%"}, False),
    ]:
        listed = (await amr.post("/v1/licenses/search", json=body)).json()["licenses"]
        assert (license_id in {each["license_id"] for each in listed}) == found, body
    async with running.pages(AMR) as browser:
        await browser.get("/workspace")
        page = await browser.post("/workspace", text=number.lower(), state="suspended")
        assert f"/licenses/{license_id}" in page.text


async def test_sql_says_of_states_what_the_domain_says(running: RunningService, amr: httpx.AsyncClient) -> None:
    today = clock.today()
    for period in (
        (today, today),
        (today - timedelta(days=1), today),
        (today + timedelta(days=1), today + timedelta(days=1)),
    ):
        await permit(running.given, effective_on=period[0], expires_on=period[1])
    expired = await permit(running.given)
    async with running.given.database.begin() as tx:
        ends = text("UPDATE license SET effective_on = :day, expires_on = :day WHERE license_id = CAST(:id AS uuid)")
        await tx.execute(ends, {"day": today - timedelta(days=1), "id": expired})
    total = set()
    for state in State:
        body: dict[str, Any] = {"state": state.value, "page_size": 200}
        listed = (await amr.post("/v1/licenses/search", json=body)).json()["licenses"]
        assert {each["state"] for each in listed} <= {state.value, "unconfirmed"}  # its dates are not those signed
        total |= {each["license_id"] for each in listed}
    everything = (await amr.post("/v1/licenses/search", json={"page_size": 200})).json()["licenses"]
    assert total == {each["license_id"] for each in everything}
