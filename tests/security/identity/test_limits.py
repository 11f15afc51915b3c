"""How often somebody may try: every limit refuses, and honest people get in while others guess."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.errors import (
    BreachedPassword,
    PasswordTooShort,
    SecondFactorRefused,
    SignInAttemptExpired,
    SignInRefused,
    SignInThrottled,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in import known_browser
from pingshan_identity.domain.sign_in.throttle import Counted, limit_of
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.set_new_password import SetNewPassword, set_new_password
from pingshan_identity.usecases.factors.verify_totp import VerifyTotp, verify_totp
from pingshan_identity.usecases.sign_in.sign_in_with_password import SignInWithPassword, sign_in_with_password
from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from pingshan_values.actor import ANONYMOUS
from sqlalchemy import text

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import Browser, Identity, csrf_of, submit
from tests.support.platform import BoundService

ACCOUNT, NETWORK = limit_of(Counted.ACCOUNT).free, limit_of(Counted.NETWORK).free


@pytest.fixture(scope="module")
async def deps(bound_identity: BoundService, identity: Identity) -> AsyncIterator[Dependencies]:
    async with dependencies(bound_identity.settings(Settings)) as made:
        passwords = Passwords(threads=2, queue=256)
        yield replace(made, passwords=passwords)
        await passwords.close()


@pytest.fixture(autouse=True)
async def nobody_waits(deps: Dependencies) -> None:
    async with deps.database.begin() as tx:
        await tx.execute(text("DELETE FROM sign_in_throttle"))


async def person_id(database: Database, login: str) -> str:
    async with database.read() as tx:
        found = await tx.execute(text("SELECT person_id FROM person WHERE login_name = :login"), {"login": login})
        return str(found.scalar_one())


async def try_password(deps: Dependencies, login: str, password: str, address: str, known: str = "") -> type | str:
    visitor = Visitor("browser", "", address, None, known)
    try:
        return await sign_in_with_password(
            deps, ANONYMOUS, SignInWithPassword(Realm.STAFF, login, password, visitor, "/")
        )  # type: ignore[return-value]
    except (SignInRefused, SignInThrottled) as error:
        return type(error)


async def hold(deps: Dependencies, counted: Counted) -> None:
    """Makes the waits that are there last, however slow the machine is that runs this."""
    async with deps.database.begin() as tx:
        longer = "UPDATE sign_in_throttle SET blocked_until = now() + interval '5 minutes'"
        await tx.execute(
            text(f"{longer} WHERE counted = :counted AND blocked_until > attempted_at"), {"counted": counted}
        )


async def guess_everywhere(deps: Dependencies, login: str, times: int) -> list[type | str]:
    """Each guess comes from a network of its own."""
    return [
        await try_password(deps, login, "wrong", f"203.{number // 250}.{number % 250}.1") for number in range(times)
    ]


async def test_an_account_is_slowed_down_across_networks(deps: Dependencies, identity: Identity) -> None:
    outcomes = await guess_everywhere(deps, "water01", ACCOUNT + 10)
    assert outcomes[:ACCOUNT] == [SignInRefused] * ACCOUNT
    assert SignInThrottled in outcomes[ACCOUNT:]
    await hold(deps, Counted.ACCOUNT)
    right = identity.sign_ins["staff"]["water01"]
    assert await try_password(deps, "water01", right, "192.0.2.200") is SignInThrottled


async def test_who_signed_in_here_before_gets_in_while_others_guess(deps: Dependencies, identity: Identity) -> None:
    person = await person_id(deps.database, "water01")
    known = known_browser.renewed("", person, clock.now(), deps.personal.index)
    await guess_everywhere(deps, "water01", ACCOUNT + 5)
    await hold(deps, Counted.ACCOUNT)
    right = identity.sign_ins["staff"]["water01"]
    assert await try_password(deps, "water01", right, "192.0.2.200") is SignInThrottled
    assert isinstance(await try_password(deps, "water01", right, "203.0.1.1", known), str)


async def test_a_known_browser_guesses_no_faster(deps: Dependencies) -> None:
    person = await person_id(deps.database, "water01")
    known = known_browser.renewed("", person, clock.now(), deps.personal.index)
    outcomes = [await try_password(deps, "water01", "wrong", f"203.0.{n}.1", known) for n in range(9)]
    assert outcomes[:5] == [SignInRefused] * 5
    assert SignInThrottled in outcomes[5:]


@pytest.mark.parametrize("forged", ["", "9999999999:abc:def", "x"])
async def test_a_forged_cookie_is_no_known_browser(deps: Dependencies, forged: str) -> None:
    outcomes = [await try_password(deps, "water01", "wrong", f"203.0.{n}.1", forged) for n in range(ACCOUNT + 6)]
    assert SignInThrottled in outcomes[ACCOUNT:]


async def test_the_cookie_of_one_person_does_not_help_to_guess_another(deps: Dependencies) -> None:
    own = await person_id(deps.database, "housing01")
    known = known_browser.renewed("", own, clock.now(), deps.personal.index)
    outcomes = [await try_password(deps, "water01", "wrong", f"203.0.{n}.1", known) for n in range(ACCOUNT + 6)]
    assert SignInThrottled in outcomes[ACCOUNT:]


async def test_a_network_is_slowed_down_across_accounts(deps: Dependencies, identity: Identity) -> None:
    """One password tried with many names."""
    networks = [f"198.51.100.{number % 250}" for number in range(NETWORK + 12)]
    outcomes = [await try_password(deps, f"nobody{n}", "Spring2026!", at) for n, at in enumerate(networks)]
    assert outcomes[:NETWORK] == [SignInRefused] * NETWORK
    assert SignInThrottled in outcomes[NETWORK:]
    await hold(deps, Counted.NETWORK)
    right = identity.sign_ins["staff"]["water01"]
    assert isinstance(await try_password(deps, "water01", right, "192.0.2.9"), str)
    known = known_browser.renewed("", await person_id(deps.database, "water01"), clock.now(), deps.personal.index)
    assert isinstance(await try_password(deps, "water01", right, "198.51.100.9", known), str)


async def test_an_ipv6_network_is_its_64(deps: Dependencies) -> None:
    outcomes = [await try_password(deps, "water01", "wrong", f"2001:db8:1:1::{n:x}") for n in range(1, 9)]
    assert SignInThrottled in outcomes
    assert await try_password(deps, "water01", "wrong", "2001:db8:1:2::1") is SignInRefused


async def test_right_passwords_of_many_use_nothing_up(deps: Dependencies, identity: Identity) -> None:
    """An office behind one address signs in all day."""
    right = identity.sign_ins["staff"]["water01"]
    for _ in range(ACCOUNT + 5):
        assert isinstance(await try_password(deps, "water01", right, "198.51.100.7"), str)


async def test_twenty_guesses_at_once_count_exactly(deps: Dependencies) -> None:
    outcomes = await asyncio.gather(*(try_password(deps, "water01", "wrong", "198.51.100.7") for _ in range(20)))
    assert outcomes.count(SignInRefused) == 5
    assert outcomes.count(SignInThrottled) == 15


async def test_the_browser_remembers_who_signed_in(identity: Identity, deps: Dependencies) -> None:
    page = identity.signed_in("water01")
    held = page.cookies["__Host-pingshan-identity-known"]
    assert len(held) < 100
    fresh = identity.browser()
    assert "__Host-pingshan-identity-known" not in fresh.cookies
    page.cookies = {"__Host-pingshan-identity-known": held}
    for number in range(8):
        submit(identity.browser(), "/sign-in", {"login": "water01", "password": f"wrong{number}"})
    await hold(deps, Counted.ACCOUNT_ON_NETWORK)
    assert identity.give_password(identity.browser(), "water01").status_code == 429
    assert identity.give_password(page, "water01").status_code == 303


async def test_a_header_makes_no_new_network(identity: Identity, deps: Dependencies) -> None:
    statuses = []
    for number in range(7):
        page = identity.browser()
        token = csrf_of(page.get("/sign-in"))
        form = {"login": "dpf01", "password": "wrong", "csrf_token": token}
        headers = {"X-Forwarded-For": f"203.0.{number}.1", "Forwarded": f"for=203.0.{number}.1"}
        statuses.append(page.post("/sign-in", data=form, headers=headers).status_code)
        await hold(deps, Counted.ACCOUNT_ON_NETWORK)
    assert statuses == [401] * 5 + [429] * 2


def wrong_totp(page: Browser, second_factor: str) -> int:
    action = second_factor.replace("/second-factor?", "/second-factor/totp?")
    shown = page.get(second_factor)
    if shown.status_code != 200:
        return 303
    answer = page.post(action, data={"csrf_token": csrf_of(shown), "code": "000000"})
    return answer.status_code


async def test_one_sign_in_takes_five_wrong_second_factors(identity: Identity, deps: Dependencies) -> None:
    page = identity.browser()
    second_factor = identity.give_password(page, "water01").headers["location"]
    statuses = []
    for _ in range(12):
        statuses.append(wrong_totp(page, second_factor))
        async with deps.database.begin() as tx:  # the waits between are another rule
            await tx.execute(text("DELETE FROM sign_in_throttle"))
    assert 303 not in statuses[:4]
    assert statuses[4:] == [303] * 8  # the fifth leads back to the beginning
    assert identity.sign_in(identity.browser(), "water01").status_code == 303


async def test_twenty_second_factors_at_once_count_exactly(deps: Dependencies, identity: Identity) -> None:
    visitor = Visitor("browser", "", "198.51.100.7", None)
    right = identity.sign_ins["staff"]["water01"]
    attempt = await sign_in_with_password(
        deps, ANONYMOUS, SignInWithPassword(Realm.STAFF, "water01", right, visitor, "/")
    )
    assert isinstance(attempt, str)

    async def guess() -> type[Exception]:
        try:
            await verify_totp(deps, ANONYMOUS, VerifyTotp(attempt, "000000", visitor))
        except (SecondFactorRefused, SignInThrottled, SignInAttemptExpired) as error:
            return type(error)
        raise AssertionError

    outcomes = await asyncio.gather(*(guess() for _ in range(20)))
    assert outcomes.count(SecondFactorRefused) == 5
    assert outcomes.count(SignInAttemptExpired) == 15, "nobody waits for a guess that began at the same moment"


async def test_second_factors_are_slowed_down_across_sign_ins(identity: Identity, deps: Dependencies) -> None:
    """Whoever has the password begins again and again; the person's own browser is counted apart."""
    own = identity.signed_in("housing01")
    known = own.cookies["__Host-pingshan-identity-known"]
    outcomes = []
    for number in range(4):
        page = identity.browser()
        second_factor = identity.give_password(page, "housing01").headers["location"]
        outcomes += [wrong_totp(page, second_factor) for _ in range(4)]
        if number == 0:
            assert 429 not in outcomes
    assert 429 in outcomes
    await hold(deps, Counted.FACTOR_ON_NETWORK)
    stranger = identity.browser()
    assert identity.sign_in(stranger, "housing01").status_code == 429
    own.cookies = {"__Host-pingshan-identity-known": known}
    assert identity.sign_in(own, "housing01").status_code == 303


def show(page: Browser, code: str) -> int:
    return page.get(f"/device?user_code={code}").status_code


def own_code(identity: Identity) -> str:
    identity.execute(
        "UPDATE client SET grant_types = $1 WHERE client_id = 'oa'",
        ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    )
    answer = identity.district("oa").token({"scope": "openid profile"}, path="/device_authorization")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["user_code"])


async def test_showing_a_code_of_ones_own_does_not_help_to_guess_others(identity: Identity, deps: Dependencies) -> None:
    page = identity.signed_in("water01")
    mine = own_code(identity)
    for number in range(5):
        assert show(page, f"BCDF-GH{'BCDFGHJKLMNP'[number]}X") == 404
        assert show(page, mine) == 200 or number == 4
    await hold(deps, Counted.USER_CODES)
    assert show(page, "BCDF-GHPX") == 429
    assert show(page, mine) == 429


def test_showing_ones_own_code_costs_nothing(identity: Identity) -> None:
    page = identity.signed_in("water01")
    mine = own_code(identity)
    assert [show(page, mine) for _ in range(12)] == [200] * 12


def test_the_decision_is_no_way_round_the_count(identity: Identity) -> None:
    page = identity.signed_in("housing01")
    token = csrf_of(page.get("/device"))
    statuses = [
        page.post(
            "/device/decide", data={"csrf_token": token, "user_code": f"BCDF-GH{letter}Z", "decision": "allow"}
        ).status_code
        for letter in "BCDFGHJKL"
    ]
    assert 429 in statuses


class NothingHashed(Passwords):
    """Fails where anything is hashed."""

    async def hash(self, password: str) -> str:
        raise AssertionError(f"{len(password)} characters were hashed")


async def test_nothing_is_hashed_for_a_new_password_that_nobody_needs(deps: Dependencies, identity: Identity) -> None:
    """Hashing is what everybody who signs in waits for."""
    attempt = await try_password(deps, "fire01", identity.sign_ins["staff"]["fire01"], "198.51.100.7")
    assert isinstance(attempt, str)
    lazy = replace(deps, passwords=NothingHashed(threads=1, queue=4))
    command = SetNewPassword(attempt, "pine-tree-and-river", Visitor("browser", "", "198.51.100.7", None))
    with pytest.raises(SignInAttemptExpired):
        await set_new_password(lazy, command)
    identity.execute("UPDATE sign_in_attempt SET level = 1")
    identity.execute("UPDATE password SET must_change = true")
    for refused in ("short", "12345678"):
        with pytest.raises((PasswordTooShort, BreachedPassword)):
            await set_new_password(lazy, replace(command, password=refused))
    for _ in range(limit_of(Counted.PASSWORD_CHANGE).free):
        with pytest.raises(AssertionError):
            await set_new_password(lazy, command)
    await hold(deps, Counted.PASSWORD_CHANGE)
    with pytest.raises(SignInThrottled):
        await set_new_password(lazy, command)
    await lazy.passwords.close()
    identity.execute("UPDATE password SET must_change = false")
