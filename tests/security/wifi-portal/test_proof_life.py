"""What a controller signed when it redirected a device counts for a quarter of an hour: an address is copied easily."""

import hmac
import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.domain.visit import CLOCKS_APART, PROOF_LIFE

from tests.support.alerts.fake import FakeAlerts
from tests.support.platform import BoundService
from tests.support.wifi_portal.visitor import Visitor, rows

Visitors = Callable[..., Visitor]
Sign = Callable[..., dict[str, str]]
LIFE, APART = PROOF_LIFE.total_seconds(), CLOCKS_APART.total_seconds()
_numbers = count(13800007000, 10_000)


@pytest.fixture
def mobile() -> str:
    return str(next(_numbers))


@pytest.fixture
def sign(bound: BoundService) -> Sign:
    """Signs what a controller tells of a device as if it had redirected it `age` seconds ago."""
    configured = json.loads(Path(bound.fields["nas_secrets_file"]).read_text())
    secrets = {each["nas_identifier"]: each["secret"] for each in configured.values()}

    def signed(told: dict[str, str], *, age: float = 0, at: str = "") -> dict[str, str]:
        old = told | {"at": at or str(int(time.time() - age))}
        text = "\n".join(old[name] for name in ("nasid", "mac", "called", "challenge", "at"))
        return old | {"proof": hmac.new(secrets[old["nasid"]].encode(), text.encode(), "sha256").hexdigest()}

    return signed


async def is_vouched_for(person: Visitor, database: Database, mobile: str) -> bool:
    """Whether a code that is asked for now is the device's, and not the browser's alone."""
    await person.open()
    assert (await person.ask_for_code(mobile)).status_code == 200
    [row] = await rows(database, "SELECT browser FROM sign_in ORDER BY sent_at DESC LIMIT 1")
    return bool(row.browser == b"")


@pytest.mark.parametrize(
    ("age", "counts"),
    [(0, True), (LIFE - 30, True), (LIFE + 5, False), (90 * 86_400, False), (-APART + 30, True), (-APART - 30, False)],
)
async def test_a_proof_counts_for_its_time(
    visitor: Visitors, database: Database, sign: Sign, mobile: str, age: float, counts: bool
) -> None:
    person = visitor()
    await person.join()
    person.told = sign(person.told, age=age)
    assert await is_vouched_for(person, database, mobile) is counts


@pytest.mark.parametrize("at", ["x", "-1", "１２", "9" * 40, "1e9"])
async def test_a_controller_that_signs_something_else_as_the_time_vouches_for_nobody(
    visitor: Visitors, database: Database, sign: Sign, mobile: str, at: str
) -> None:
    person = visitor()
    await person.join()
    person.told = sign(person.told, at=at)
    assert await is_vouched_for(person, database, mobile) is False


async def test_a_time_that_the_controller_did_not_sign_proves_nothing(
    visitor: Visitors, database: Database, sign: Sign, mobile: str
) -> None:
    person = visitor()
    await person.join()
    person.told = sign(person.told, age=LIFE + 60) | {"at": str(int(time.time()))}
    assert await is_vouched_for(person, database, mobile) is False


async def test_who_has_an_old_address_sees_nothing_of_a_later_code(visitor: Visitors, sign: Sign, mobile: str) -> None:
    victim, stranger = visitor(), visitor()
    await victim.join()
    await victim.ask_for_code(mobile)
    stranger.told = sign(victim.told, age=LIFE + 5)
    assert f"{mobile[:3]}****{mobile[-4:]}" not in (await stranger.open()).text


async def test_a_code_that_was_asked_for_in_time_is_typed_afterwards(
    visitor: Visitors, alerts: FakeAlerts, database: Database, sign: Sign, mobile: str
) -> None:
    """Also in a mini-browser that forgot its cookie."""
    person, again = visitor(), visitor()
    await person.join()
    person.told = sign(person.told, age=LIFE - 30)
    await person.open()
    await person.ask_for_code(mobile)
    async with database.begin() as tx:  # two minutes later
        await tx.exec_driver_sql("UPDATE sign_in SET sent_at = sent_at - interval '120 seconds'")
    again.mac, again.told = person.mac, sign(person.told, age=LIFE + 90)
    await again.open()
    await again.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert (await again.login()).status_code == 302


async def test_who_dawdles_signs_in_as_one_that_nobody_vouches_for(
    visitor: Visitors, alerts: FakeAlerts, sign: Sign, mobile: str
) -> None:
    person = visitor()
    await person.join()
    person.told = sign(person.told, age=LIFE + 5)
    await person.open()
    await person.ask_for_code(mobile)
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert (await person.login()).status_code == 302


async def test_an_address_of_the_api_tells_of_sign_ins_in_its_time_only(
    visitor: Visitors, alerts: FakeAlerts, sign: Sign, mobile: str
) -> None:
    person, other = visitor(), visitor()
    await person.join()
    await person.ask_for_code(mobile)
    await person.submit("/code", code=alerts.code(f"+86{mobile}"))
    assert (await person.login()).status_code == 302
    for age, captive in ((LIFE - 30, False), (LIFE + 60, True)):
        answer = await other.portal.get("/captive-portal/api", params=sign(person.told, age=age))
        assert answer.json()["captive"] is captive
