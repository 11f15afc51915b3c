"""Codes by SMS to people of the public: limits per number, network, range and altogether; and who lifts them."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest
from pingshan_identity.domain.errors import AdministratorRequired, SecondFactorRefused, SignInThrottled, SmsCodeNotSent
from pingshan_identity.domain.sign_in import known_browser
from pingshan_identity.domain.sign_in.sms_code import NETWORK_BUDGET, RANGE_BUDGET, WHOLE_BUDGET
from pingshan_identity.domain.sign_in.throttle import Counted, limit_of
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.settings import Settings
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.usecases.counting import sign_in_code_counts, sms_count
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.lift_throttle import LiftThrottle, lift_throttle
from pingshan_identity.usecases.sign_in.list_throttles import list_throttles
from pingshan_identity.usecases.sign_in.send_sign_in_code import SendSignInCode, send_sign_in_code
from pingshan_identity.usecases.sign_in.verify_sign_in_code import VerifySignInCode, verify_sign_in_code
from pingshan_kit import clock
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind
from sqlalchemy import text

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Identity, csrf_of, submit
from tests.support.platform import BoundService

_numbers = count(1)
SECURITY = Actor(
    kind=ActorKind.PERSON,
    person_id="00000000-0000-0000-0000-000000000001",
    realm="staff",
    roles=frozenset({"security-administrator"}),
)


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as made:
        yield made


@pytest.fixture(autouse=True)
async def nobody_waits(deps: Dependencies) -> None:
    async with deps.database.begin() as tx:
        await tx.execute(text("DELETE FROM sign_in_throttle"))


def spread() -> str:
    """A number of a range of its own."""
    return f"139{next(_numbers):04}0000"


async def ask(deps: Dependencies, mobile: str, address: str = "198.51.100.7", known: str = "") -> bool:
    visitor = Visitor("browser", "", address, None, known)
    try:
        await send_sign_in_code(deps, SendSignInCode(mobile, visitor, "/", "zh-Hans"))
    except SmsCodeNotSent:
        return False
    return True


def elsewhere(number: int) -> str:
    return f"203.0.{number}.1"


async def use_up_the_network(deps: Dependencies, address: str = "198.51.100.0/24") -> None:
    count, now = sms_count(deps.personal, Counted.SMS_NETWORK, address), clock.now() + timedelta(minutes=1)
    async with deps.database.begin() as tx:
        for _ in range(NETWORK_BUDGET.most):
            assert await throttles.spend(tx, deps.personal, count, NETWORK_BUDGET, now) is None


async def test_a_network_has_a_budget_whatever_the_numbers(deps: Dependencies) -> None:
    assert await ask(deps, spread())
    await use_up_the_network(deps, "198.51.101.0/24")
    assert [await ask(deps, spread(), f"198.51.101.{n}") for n in range(3)] == [False] * 3
    assert await ask(deps, spread(), "192.0.2.1")


async def test_a_range_of_numbers_has_a_budget_whatever_the_network(deps: Dependencies) -> None:
    outcomes = [await ask(deps, f"1380009{n:04}", elsewhere(n)) for n in range(RANGE_BUDGET.most + 10)]
    assert outcomes[: RANGE_BUDGET.most] == [True] * RANGE_BUDGET.most
    assert False in outcomes
    assert await ask(deps, spread(), elsewhere(0))


async def test_all_together_have_a_budget(deps: Dependencies) -> None:
    now, everybody = clock.now(), sms_count(deps.personal, Counted.SMS_ALL, "")
    async with deps.database.begin() as tx:
        query = text(
            "INSERT INTO sign_in_throttle (key, attempts, blocked_until, attempted_at, counted)"
            " VALUES (:key, 599, :free_at, :now, 'sms-all')"
        )
        free_at = now + WHOLE_BUDGET.pace * 5
        await tx.execute(query, {"key": everybody.key, "free_at": free_at, "now": now})
    assert not await ask(deps, spread())


async def test_a_refused_code_uses_nothing_up(deps: Dependencies) -> None:
    mobile = spread()
    assert await ask(deps, mobile)
    assert [await ask(deps, mobile) for _ in range(5)] == [False] * 5
    async with deps.database.read() as tx:
        query = text("SELECT attempts FROM sign_in_throttle WHERE counted = 'sms-network'")
        assert (await tx.execute(query)).scalar_one() == 1


async def test_the_owner_of_a_number_gets_a_code_in_a_browser_that_knows_them(
    deps: Dependencies, identity: Identity
) -> None:
    mobile = next(iter(identity.sign_ins["public"]))
    async with deps.database.read() as tx:
        query = text("SELECT person_id FROM person WHERE mobile_index = :index")
        owner = (await tx.execute(query, {"index": deps.personal.index(mobile)})).scalar_one()
    known = known_browser.renewed("", str(owner), clock.now(), deps.personal.index)
    await use_up_the_network(deps)
    assert not await ask(deps, mobile)
    assert await ask(deps, mobile, known=known)


async def test_an_administrator_sees_and_lifts_the_limit_of_a_number(deps: Dependencies) -> None:
    mobile = spread()
    for _ in range(5):
        assert await ask(deps, mobile)
        async with deps.database.begin() as tx:
            await tx.execute(text("UPDATE sms_challenge SET sent_at = sent_at - interval '61 seconds'"))
    assert not await ask(deps, mobile)
    shown = [row for row in await list_throttles(deps, SECURITY) if row.counted is Counted.SMS_NUMBER]
    assert [row.subject for row in shown] == [f"{mobile[:3]}****{mobile[-4:]}"]
    with pytest.raises(AdministratorRequired):
        await lift_throttle(deps, Actor(kind=ActorKind.PERSON, person_id="x"), LiftThrottle((shown[0].key,), "why"))
    await lift_throttle(deps, SECURITY, LiftThrottle((shown[0].key,), "本人到场核实"))
    assert await ask(deps, mobile)
    assert not [row for row in await list_throttles(deps, SECURITY) if row.counted is Counted.SMS_NUMBER]


async def test_the_page_shows_accounts_numbers_and_networks_and_lifts(identity: Identity, deps: Dependencies) -> None:
    for _ in range(6):
        submit(identity.browser(), "/sign-in", {"login": "water01", "password": "wrong"})
    await use_up_the_network(deps)
    async with deps.database.begin() as tx:
        longer = "UPDATE sign_in_throttle SET blocked_until = now() + interval '5 minutes'"
        await tx.execute(text(f"{longer} WHERE counted = 'account-on-network'"))
    assert identity.give_password(identity.browser(), "water01").status_code == 429
    auditor, security = identity.signed_in("audit01"), identity.signed_in("secadmin01")
    seen = auditor.get("/admin/throttles")
    assert seen.status_code == 200
    assert "water01" in seen.text
    assert "127.0.0.0/24" in seen.text
    assert "198.51.100.0/24" in seen.text
    assert "/admin/throttles/lift" not in seen.text
    english = security.get("/admin/throttles", headers={"Accept-Language": "en"})
    assert "Passwords for an account on this network" in english.text
    keys = {row.counted: row.key for row in await list_throttles(deps, SECURITY)}
    form = {"key": keys[Counted.ACCOUNT_ON_NETWORK], "reason": "本人来电核实"}
    token = {"csrf_token": english.text.partition('name="csrf_token" value="')[2].partition('"')[0]}
    assert auditor.post("/admin/throttles/lift", data=form | token).status_code == 403
    assert security.post("/admin/throttles/lift", data=form | token | {"reason": " "}).status_code == 422
    assert security.post("/admin/throttles/lift", data=form | token).status_code == 303
    assert security.post("/admin/throttles/lift", data=form | token).status_code == 404
    assert identity.give_password(identity.browser(), "water01").status_code == 303
    async with deps.database.read() as tx:
        records = await tx.execute(text("SELECT row_to_json(r)::text FROM record r"))
        lifted = [line for line in records.scalars() if "throttle.lifted" in line]
    assert len(lifted) >= 1
    assert all("198.51" not in line and "127.0.0" not in line for line in lifted)


async def test_all_that_is_shown_is_lifted_by_one_act(identity: Identity, deps: Dependencies) -> None:
    """One record for each; a wait that nobody has seen stays."""
    security = identity.signed_in("secadmin01")
    async with deps.database.begin() as tx:
        await tx.execute(text("DELETE FROM sign_in_throttle"))
    for login in ("health01", "hr01"):
        for _ in range(6):
            submit(identity.browser(), "/sign-in", {"login": login, "password": "wrong"})
    async with deps.database.begin() as tx:
        await tx.execute(text("UPDATE sign_in_throttle SET blocked_until = now() + interval '5 minutes'"))
        before = (await tx.execute(text("SELECT count(*) FROM record WHERE act = 'throttle.lifted'"))).scalar_one()
    shown = await list_throttles(deps, SECURITY)
    page = security.get("/admin/throttles")
    assert f"解除显示的全部 {len(shown)} 条" in page.text
    bulk = page.text.rpartition('action="/admin/throttles/lift"')[2]
    keys = re.findall(r'name="key" value="([0-9a-f]+)"', bulk)
    assert sorted(keys) == sorted(row.key for row in shown)
    await use_up_the_network(deps)
    form = {"csrf_token": csrf_of(page), "key": keys}
    assert security.post("/admin/throttles/lift", data=form | {"reason": " "}).status_code == 422
    assert security.post("/admin/throttles/lift", data=form | {"reason": "演练结束"}).status_code == 303
    left = {row.key for row in await list_throttles(deps, SECURITY)}
    assert not left & set(keys)
    assert left
    async with deps.database.read() as tx:
        after = (await tx.execute(text("SELECT count(*) FROM record WHERE act = 'throttle.lifted'"))).scalar_one()
    assert after - before == len(keys)
    assert security.post("/admin/throttles/lift", data=form | {"reason": "再来一次"}).status_code == 404


async def test_twenty_codes_at_once_for_one_number_send_one(deps: Dependencies) -> None:
    mobile = spread()
    outcomes = await asyncio.gather(*(ask(deps, mobile) for _ in range(20)))
    assert outcomes.count(True) == 1


async def guess(deps: Dependencies, mobile: str, address: str, known: str = "") -> list[type]:
    """What three wrong codes for a number are answered with."""
    async with deps.database.begin() as tx:
        await tx.execute(text("UPDATE sms_challenge SET sent_at = sent_at - interval '1 day'"))
    visitor = Visitor("browser", "", address, None, known)
    attempt = await send_sign_in_code(deps, SendSignInCode(mobile, visitor, "/", "zh-Hans"))
    answers = []
    for _ in range(3):
        try:
            await verify_sign_in_code(deps, ANONYMOUS, VerifySignInCode(attempt, "00000", visitor, "zh-Hans"))
        except (SecondFactorRefused, SignInThrottled) as error:
            answers.append(type(error))
    return answers


async def test_a_network_does_not_guess_codes_of_one_number_after_another(
    deps: Dependencies, identity: Identity
) -> None:
    """Each code has tries of its own, so that without a count by network many numbers make many guesses."""
    network, now = "198.51.102.9", clock.now()
    count = sign_in_code_counts(deps.personal, Visitor("", "", network, None))
    async with deps.database.begin() as tx:
        for _ in range(limit_of(Counted.NETWORK).free - 3):
            assert await throttles.admit(tx, deps.personal, count, now) is None
    assert await guess(deps, spread(), network) == [SecondFactorRefused] * 3
    async with deps.database.begin() as tx:
        longer = "UPDATE sign_in_throttle SET blocked_until = now() + interval '5 minutes'"
        await tx.execute(text(f"{longer} WHERE counted = 'network' AND blocked_until > attempted_at"))
    assert await guess(deps, spread(), network) == [SignInThrottled] * 3
    assert await guess(deps, spread(), "198.51.103.9") == [SecondFactorRefused] * 3
    mobile = next(iter(identity.sign_ins["public"]))
    async with deps.database.read() as tx:
        query = text("SELECT person_id FROM person WHERE mobile_index = :index")
        owner = (await tx.execute(query, {"index": deps.personal.index(mobile)})).scalar_one()
    known = known_browser.renewed("", str(owner), clock.now(), deps.personal.index)
    assert await guess(deps, mobile, network, known) == [SecondFactorRefused] * 3
