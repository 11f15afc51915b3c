"""Guessing, hoarding and pumping codes."""

from collections.abc import Callable
from itertools import count
from secrets import token_hex

import httpx
import pytest
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.domain.sign_in import TRIES

from tests.support.alerts.fake import FakeAlerts
from tests.support.wifi_portal.visitor import Visitor, hidden_fields, rows

Visitors = Callable[..., Visitor]
_numbers = count(13800002000)


@pytest.fixture
def mobile() -> str:
    return str(next(_numbers))


async def asked(visitor: Visitor, mobile: str) -> httpx.Response:
    await visitor.join()
    return await visitor.ask_for_code(mobile)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def later(database: Database, seconds: int) -> None:
    """Whatever was sent was sent that much earlier."""
    async with database.begin() as tx:
        moved = (
            f"sent_at = sent_at - interval '{seconds} seconds', expires_at = expires_at - interval '{seconds} seconds'"
        )
        await tx.exec_driver_sql(f"UPDATE sign_in SET {moved}")


async def test_a_wrong_code_is_refused_and_counted(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person = visitor()
    await asked(person, mobile)
    answer = await person.submit("/code", code=wrong(alerts.code(f"+86{mobile}")))
    assert answer.status_code == 422
    assert "还可以再试 4 次" in answer.text
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert person.login_url()


async def test_the_sixth_try_is_refused_even_if_it_is_right(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person = visitor()
    await asked(person, mobile)
    code = alerts.code(f"+86{mobile}")
    for _ in range(TRIES):
        await person.submit("/code", code=wrong(code))
    answer = await person.submit("/code", code=code)
    assert answer.status_code == 429
    assert "已作废" in answer.text


async def test_a_code_of_five_minutes_ago_is_refused(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    person = visitor()
    await asked(person, mobile)
    await later(database, 301)
    answer = await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert answer.status_code == 422
    assert "已过期" in answer.text


async def test_a_code_that_was_replaced_is_refused(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    person = visitor()
    await asked(person, mobile)
    old = alerts.code(f"+86{mobile}")
    await later(database, 61)
    await person.submit("/resend")
    new = alerts.code(f"+86{mobile}")
    assert old != new
    assert (await person.submit("/code", code=old)).status_code == 422
    await person.submit("/code", code=new)
    assert person.login_url()


async def test_a_code_is_used_once(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person = visitor()
    await asked(person, mobile)
    form = person.page
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    person.page = form
    answer = await person.submit("/code", code=alerts.code(f"+86{mobile}"), form_key=token_hex(32))
    assert answer.status_code == 422


async def test_the_same_form_again_gets_the_same_login(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person = visitor()
    await asked(person, mobile)
    form = person.page
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    first = person.login_url()
    person.page = form
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert person.login_url() == first


async def test_the_same_form_from_another_browser_gets_nothing(
    visitor: Visitors, alerts: FakeAlerts, mobile: str
) -> None:
    person, thief = visitor(), visitor()
    await asked(person, mobile)
    form = hidden_fields(person.page.text) | {"code": alerts.code(f"+86{mobile}")}
    await person.submit("/code", code=form["code"])
    await thief.join()
    own = hidden_fields(thief.page.text)["csrf_token"]
    for stolen in (form, form | {"csrf_token": own}):
        answer = await thief.portal.post("/code", data=stolen)
        assert answer.status_code in (403, 422)
        assert 'http-equiv="refresh"' not in answer.text


async def test_a_code_belongs_to_its_device(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person, other = visitor(), visitor()
    await asked(person, mobile)
    await asked(other, str(next(_numbers)))
    answer = await other.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert answer.status_code == 422


async def test_the_next_code_has_to_wait_a_minute(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person = visitor()
    await asked(person, mobile)
    answer = await person.submit("/resend")
    assert answer.status_code == 429
    assert len([item for item in alerts.sent if item.mobile_number == f"+86{mobile}"]) == 1


async def test_another_device_does_not_shorten_the_wait_of_a_number(
    visitor: Visitors, alerts: FakeAlerts, mobile: str
) -> None:
    await asked(visitor(), mobile)
    assert (await asked(visitor(), mobile)).status_code == 429


async def test_a_number_gets_five_codes_an_hour(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    for _ in range(5):
        assert (await asked(visitor(), mobile)).status_code == 200
        await later(database, 61)
    assert (await asked(visitor(), mobile)).status_code == 429
    assert len([item for item in alerts.sent if item.mobile_number == f"+86{mobile}"]) == 5


async def test_a_device_gets_five_codes_an_hour(visitor: Visitors, database: Database) -> None:
    person = visitor()
    for _ in range(5):
        assert (await asked(person, str(next(_numbers)))).status_code == 200
        await later(database, 61)
        await person.submit("/start-over")
    assert (await asked(person, str(next(_numbers)))).status_code == 429


async def test_known_and_unknown_numbers_get_the_same_page(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    known = visitor()
    await asked(known, mobile)
    await known.submit("/code", code=alerts.code(f"+86{mobile}"))
    await later(database, 61)
    again = visitor()
    first = await asked(again, mobile)
    fresh = visitor()
    second = await asked(fresh, str(next(_numbers)))
    assert first.status_code == second.status_code

    def plain(person: Visitor) -> list[str]:
        varying = ("hidden", "验证码已发往", "nasid=")
        return [line for line in person.page.text.splitlines() if not any(word in line for word in varying)]

    assert plain(again) == plain(fresh)


async def test_what_is_no_mobile_number_is_refused(visitor: Visitors, alerts: FakeAlerts) -> None:
    person = visitor()
    await person.join()
    before = len(alerts.sent)
    for text in (
        "",
        "123",
        "1380000000",
        "+1 212 555 0100",
        "１３８００００００００",
        "138000000001",
        "' OR 1=1",
    ):
        assert (await person.ask_for_code(text)).status_code == 422, text
    assert (await person.ask_for_code("\x00")).status_code == 400
    assert len(alerts.sent) == before


async def test_without_consent_nothing_is_sent(visitor: Visitors, alerts: FakeAlerts, mobile: str) -> None:
    person = visitor()
    await person.join()
    before = len(alerts.sent)
    answer = await person.submit("/number", mobile=mobile)
    assert answer.status_code == 422
    assert len(alerts.sent) == before


async def test_no_number_and_no_code_lies_open_in_the_database(
    visitor: Visitors, alerts: FakeAlerts, database: Database, mobile: str
) -> None:
    person = visitor()
    await asked(person, mobile)
    code = alerts.code(f"+86{mobile}")
    await person.submit("/code", code=code)
    await person.login()
    await person.traffic(1_000)
    query = "SELECT relname AS tablename FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    tables = await rows(database, f"{query} AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT')")
    assert len(tables) > 15
    for table in tables:
        for row in await rows(database, f'SELECT t::text AS line FROM "{table.tablename}" t'):
            assert mobile not in row.line, table.tablename
            assert f"+86{mobile}".encode().hex() not in row.line, table.tablename
    stored = await rows(database, "SELECT encode(code, 'escape') AS code FROM sign_in")
    assert all(code not in row.code for row in stored)
