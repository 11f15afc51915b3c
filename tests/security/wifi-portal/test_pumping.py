"""Many numbers from one place."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_wifi_portal.domain.sign_in import RANGE_BUDGET, Counted
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.store import code_limits
from sqlalchemy import text

from tests.support.alerts.fake import FakeAlerts
from tests.support.e_license.service import fake_identity
from tests.support.platform import BoundService, TestPlatform
from tests.support.wifi_portal.console import signed_in
from tests.support.wifi_portal.visitor import Visitor, hidden_fields

Visitors = Callable[..., Visitor]


@pytest.fixture(scope="module")
def portal(platform: TestPlatform, bound: BoundService, alerts: FakeAlerts) -> str:
    """With narrow limits."""
    platform.start("wifi-portal", network_codes="8", hotspot_codes="4")
    return bound.fields["public_url"]


async def ask(visitor: Visitor, mobile: str, *, vouched: bool = False) -> int:
    """`vouched`: as its controller signed it; else as anybody can write the address."""
    await visitor.join()
    if not vouched:
        visitor.told.pop("proof")
        await visitor.open()
    return (await visitor.ask_for_code(mobile)).status_code


async def test_codes_per_hotspot_and_per_network_are_limited(visitor: Visitors, alerts: FakeAlerts) -> None:
    park = [await ask(visitor(), f"1380000300{digit}") for digit in range(5)]
    assert park == [200, 200, 200, 200, 429]
    stop = [await ask(visitor(controller="PS-NAS-01", hotspot="PS-HS-001"), f"1380000301{n}") for n in range(4)]
    assert stop == [200] * 4
    third = await ask(visitor(controller="PS-NAS-02", hotspot="PS-HS-029"), "13800003020")
    assert third == 429
    assert len(alerts.sent) == 8


async def test_devices_that_their_controllers_vouch_for_are_not_counted_by_network(visitor: Visitors) -> None:
    """Thousands stand behind one address of a controller; the network's limit is reached by now."""
    place = {"controller": "PS-NAS-02", "hotspot": "PS-HS-029"}
    assert await ask(visitor(**place), "13800003031") == 429
    assert await ask(visitor(**place), "13800003032", vouched=True) == 200


@pytest.mark.parametrize(
    "changed", [{"mac": "02-00-00-00-00-99"}, {"proof": "0" * 64}, {"proof": ""}, {"challenge": "00"}]
)
async def test_a_proof_counts_for_what_it_was_made_for_only(visitor: Visitors, changed: dict[str, str]) -> None:
    person = visitor(controller="PS-NAS-02", hotspot="PS-HS-029")
    await person.join()
    await person.open(**changed)
    assert (await person.ask_for_code("13800003033")).status_code == 429


async def test_operators_see_who_is_slowed_down_and_lift_it(
    visitor: Visitors, bound: BoundService, database: Database
) -> None:
    operator = await signed_in(bound.settings(Settings), database, "operator")
    async with fake_identity(bound.fields["rpc_identity"]), operator as page:
        shown = await page.get("/console/limits")
        assert "127.0.0.0/24" in shown.text
        assert "PS-HS-057" in shown.text
        form = hidden_fields(shown.text.partition("<main")[2])
        assert (await page.post("/console/limits/lift", data=form | {"reason": " "})).status_code == 422
        everything = shown.text.rpartition('action="/console/limits/lift"')[2]
        form["key"] = re.findall(r'name="key" value="([0-9a-f]+)"', everything)
        assert len(form["key"]) == shown.text.count("<tr") - 1 > 1
        assert (await page.post("/console/limits/lift", data=form | {"reason": "演练结束"})).status_code == 303
        assert 'name="key"' not in (await page.get("/console/limits")).text
        async with database.read() as tx:
            lifted = await tx.execute(text("SELECT count(*) FROM record WHERE act = 'limit.lifted'"))
            assert lifted.scalar_one() == len(form["key"])
        assert (await page.post("/console/limits/lift", data=form | {"reason": "x"})).status_code == 404
    assert await ask(visitor(controller="PS-NAS-02", hotspot="PS-HS-029"), "13800003041") == 200
    assert await ask(visitor(), "13800003042") == 200


async def test_a_range_of_numbers_has_a_budget_whatever_the_place(database: Database, bound: BoundService) -> None:
    personal = PersonalData.from_settings(bound.settings(Settings))
    count, moment = code_limits.count_of(personal, Counted.RANGE, "+861390000"), now()

    async def one() -> bool:
        async with database.begin() as tx:
            return await code_limits.spend(tx, personal, count, RANGE_BUDGET, moment) is None

    assert sum(await asyncio.gather(*(one() for _ in range(RANGE_BUDGET.most + 10)))) == RANGE_BUDGET.most


async def test_a_range_that_has_used_its_budget_up_is_refused_and_others_are_not(visitor: Visitors) -> None:
    place = {"controller": "PS-NAS-02", "hotspot": "PS-HS-029"}
    assert await ask(visitor(**place), "13900001234", vouched=True) == 429
    assert await ask(visitor(**place), "13910001234", vouched=True) == 200


async def test_all_hotspots_together_have_a_budget(visitor: Visitors, database: Database, bound: BoundService) -> None:
    personal, moment = PersonalData.from_settings(bound.settings(Settings)), now()
    everybody = code_limits.count_of(personal, Counted.ALL, "")
    async with database.begin() as tx:
        await code_limits.note_refused(tx, personal, everybody, moment + timedelta(seconds=30), moment)
    place = {"controller": "PS-NAS-02", "hotspot": "PS-HS-029"}
    assert await ask(visitor(**place), "13920001234", vouched=True) == 429
