"""A MAC address in the portal's address is anybody's word, unless the controller's signature stands beside it."""

from collections.abc import Callable
from itertools import count

import pytest
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.domain.sign_in import DEVICE_LIMITS, TRIES

from tests.support.alerts.fake import FakeAlerts
from tests.support.wifi_portal.visitor import Visitor, rows

Visitors = Callable[..., Visitor]
_numbers = count(13800006000, 10_000)
"""Each in a range of its own."""
UNPROVEN = [{"proof": ""}, {"proof": "0" * 64}]
NAS = "ps-pingshan-04"


@pytest.fixture
def mobile() -> str:
    return str(next(_numbers))


async def stranger_at(victim: Visitor, stranger: Visitor, proof: str = "") -> Visitor:
    """Another browser, with all that is in the victim's address but the controller's proof for it."""
    stranger.told = {**victim.told, "proof": proof}
    await stranger.open()
    return stranger


async def earlier(database: Database) -> None:
    """The cool-down of a minute is over."""
    async with database.begin() as tx:
        await tx.exec_driver_sql("UPDATE sign_in SET sent_at = sent_at - interval '61 seconds'")


@pytest.fixture
async def waiting(visitor: Visitors, mobile: str) -> Visitor:
    """A code is on its way to this device, which its controller vouches for."""
    victim = visitor()
    await victim.join()
    await victim.ask_for_code(mobile)
    return victim


@pytest.fixture
async def online(waiting: Visitor, alerts: FakeAlerts, mobile: str) -> Visitor:
    await waiting.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert (await waiting.login()).status_code == 302
    return waiting


@pytest.mark.parametrize("changed", UNPROVEN)
async def test_a_stranger_sees_nothing_of_a_pending_code(
    visitor: Visitors, waiting: Visitor, changed: dict[str, str], mobile: str
) -> None:
    stranger = await stranger_at(waiting, visitor(), **changed)
    assert f"{mobile[:3]}****{mobile[-4:]}" not in stranger.page.text
    assert 'name="mobile"' in stranger.page.text
    assert f"{mobile[:3]}****{mobile[-4:]}" in (await waiting.open()).text


@pytest.mark.parametrize("changed", UNPROVEN)
async def test_a_stranger_neither_voids_nor_renews_nor_uses_up_a_pending_code(
    visitor: Visitors, waiting: Visitor, alerts: FakeAlerts, database: Database, changed: dict[str, str], mobile: str
) -> None:
    stranger = await stranger_at(waiting, visitor(), **changed)
    await earlier(database)
    sent = len(alerts.sent)
    await stranger.submit("/start-over")
    await stranger_at(waiting, stranger, **changed)
    assert (await stranger.submit("/resend")).status_code == 422
    for guess in range(TRIES + 1):
        await stranger_at(waiting, stranger, **changed)
        assert (await stranger.submit("/code", code=f"{guess:06}")).status_code == 422
    await stranger_at(waiting, stranger, **changed)
    await stranger.ask_for_code(str(next(_numbers)))
    assert len(alerts.sent) == sent + 1
    await waiting.open()
    await waiting.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert (await waiting.login()).status_code == 302


async def test_the_right_code_of_somebody_else_is_no_use_without_proof(
    visitor: Visitors, waiting: Visitor, alerts: FakeAlerts, mobile: str
) -> None:
    stranger = await stranger_at(waiting, visitor())
    answer = await stranger.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert answer.status_code == 422


async def test_codes_that_strangers_ask_for_do_not_count_against_the_device(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    victim = visitor()
    await victim.join()
    for _ in range(DEVICE_LIMITS[0].codes + 1):
        stranger = await stranger_at(victim, visitor())
        assert (await stranger.ask_for_code(str(next(_numbers)))).status_code == 200
    assert (await victim.ask_for_code(mobile)).status_code == 200
    assert alerts.code(f"+86{mobile}")


async def test_a_browser_without_proof_signs_in_from_beginning_to_end(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    """Most controllers sign nothing: the browser that asked for the code goes on with it."""
    person = visitor()
    await person.join()
    person.told["proof"] = ""
    await person.open()
    await person.ask_for_code(mobile)
    shown = (await person.open()).text
    assert f"{mobile[:3]}****{mobile[-4:]}" in shown
    await earlier(database)
    await person.submit("/resend")
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert (await person.login()).status_code == 302
    assert (await person.device())["online"]


async def test_one_browser_without_proof_waits_a_minute_between_codes_and_is_limited(
    visitor: Visitors, database: Database
) -> None:
    person = visitor()
    await person.join()
    person.told["proof"] = ""
    for _ in range(DEVICE_LIMITS[0].codes):
        await person.open()
        if 'action="/start-over"' in person.page.text:
            await person.submit("/start-over")
        assert (await person.ask_for_code(str(next(_numbers)))).status_code == 200
        await person.submit("/start-over")
        assert (await person.ask_for_code(str(next(_numbers)))).status_code == 429
        await earlier(database)
    await person.open()
    assert (await person.ask_for_code(str(next(_numbers)))).status_code == 429


@pytest.mark.parametrize(
    "told",
    [
        {"nasid": NAS},
        {"nasid": NAS, "proof": "0" * 64},
        {"nasid": NAS, "called": "", "challenge": "", "proof": "A" * 5_000},
    ],
)
@pytest.mark.parametrize("path", ["/captive-portal/api", "/generate_204", "/hotspot-detect.html"])
async def test_nobody_learns_without_proof_whether_a_device_is_online(
    visitor: Visitors, online: Visitor, told: dict[str, str], path: str
) -> None:
    stranger = visitor()
    answers = [
        await stranger.portal.get(path, params={**told, "mac": mac}) for mac in (online.mac, "02:00:00:00:99:99")
    ]
    assert answers[0].status_code == answers[1].status_code
    plain = [
        answer.text.replace(online.mac.replace(":", "%3A"), "").replace("02%3A00%3A00%3A00%3A99%3A99", "")
        for answer in answers
    ]
    assert plain[0] == plain[1]
    if path == "/captive-portal/api":
        assert answers[0].json()["captive"] is True
        assert (await stranger.portal.get(path, params=online.told)).json()["captive"] is False


async def test_a_proof_tells_of_its_own_device_only(visitor: Visitors, online: Visitor) -> None:
    other = visitor()
    await other.join()
    answer = await other.portal.get("/captive-portal/api", params=other.told | {"mac": online.told["mac"]})
    assert answer.json()["captive"] is True


async def test_a_token_for_the_device_of_another_opens_nothing(
    visitor: Visitors, online: Visitor, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    """The controller says which device logs in: a token that was got in another's name ends no session of theirs."""
    thief = await stranger_at(online, visitor())
    number = str(next(_numbers))
    await thief.ask_for_code(number)
    await thief.submit("/code", code=alerts.code(f"+86{number}"))
    assert thief.login_url()
    open_ = "SELECT visitor_id FROM wifi_session WHERE device_mac = :mac AND ended_at IS NULL"
    assert len(await rows(database, open_, mac=online.mac)) == 1
