"""Federation: answers that belong to another browser, upstream, issuer or person, and upstreams that misbehave."""

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
import httpx
import pytest

from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.identity.upstreams import PAGE, back, choose, off, off_to_link, onward, sign_in_by, switch
from tests.support.platform import TestPlatform

SESSIONS = {"__Host-pingshan-identity", "__Host-pingshan-identity-public"}


@pytest.fixture
def failing(simulators: str) -> Iterator[str]:
    yield simulators
    for provider in ("gd-unified", "net-id", "gd-staff"):
        switch(simulators, f"upstream/{provider}", "normal")
    switch(simulators, "wecom", "normal")


def changed(address: str, **values: str | None) -> str:
    parts = urlsplit(address)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | values).items() if value is not None}
    return parts._replace(query=urlencode(query)).geturl()


def refused(page: Browser, callback: str, status: int, code: str) -> None:
    answer = back(page, callback)
    assert (answer.status_code, code in answer.text) == (status, True), answer.text
    assert not SESSIONS & set(page.cookies)


async def sessions_begun(identity: Identity) -> int:
    connection = await asyncpg.connect(identity.database_url)
    count = await connection.fetchval("SELECT count(*) FROM sso_session")
    await connection.close()
    return int(count)


async def record_of(identity: Identity, reason: str) -> int:
    connection = await asyncpg.connect(identity.database_url)
    count = await connection.fetchval("SELECT count(*) FROM record WHERE details->>'reason' = $1", reason)
    await connection.close()
    return int(count)


def test_a_callback_in_another_browser_is_refused(identity: Identity, simulators: str) -> None:
    """Login CSRF: the attacker's own answer does not sign the victim in to the attacker's account."""
    attacker, victim = identity.browser(), identity.browser()
    victim.get("/public/sign-in")
    callback = choose(off(attacker, "gd-unified"), "gd-0001")
    refused(victim, callback, 403, "IDENTITY_UPSTREAM_STATE_UNKNOWN")


def test_a_callback_that_nobody_began_is_refused(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0001")
    for state in (None, "", "a" * 43):
        refused(page, changed(callback, state=state), 403, "IDENTITY_UPSTREAM_STATE_UNKNOWN")


def test_an_answer_counts_once(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0001")
    assert onward(back(page, callback))
    csrf = csrf_of(page.get("/sign-out"))
    assert page.post("/sign-out", data={"csrf_token": csrf}).status_code == 303
    refused(page, callback, 403, "IDENTITY_UPSTREAM_STATE_UNKNOWN")


async def test_an_answer_that_comes_again_begins_no_second_session(identity: Identity, simulators: str) -> None:
    """Its browser, which may have dropped the cookies of the first answer, gets those once more."""
    page, stranger = identity.browser(), identity.browser()
    for each in (page, stranger):
        each.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0001")
    before = await sessions_begun(identity)
    back(page, callback)
    first = {name: page.cookies.pop(name) for name in SESSIONS & set(page.cookies)}
    assert first
    back(page, callback)
    assert {name: page.cookies[name] for name in SESSIONS & set(page.cookies)} == first
    assert await sessions_begun(identity) == before + 1
    refused(stranger, callback, 403, "IDENTITY_UPSTREAM_STATE_UNKNOWN")
    page.post("/sign-out", data={"csrf_token": csrf_of(page.get("/sign-out"))})
    refused(page, callback, 403, "IDENTITY_UPSTREAM_STATE_UNKNOWN")


@pytest.mark.parametrize("named", ["https://issuer.example", None])
def test_a_mixed_up_answer_is_refused_by_its_issuer(identity: Identity, simulators: str, named: str | None) -> None:
    """RFC 9207: the answer says who gives it, and this upstream always says so."""
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0001")
    refused(page, changed(callback, iss=named), 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED")


def test_an_answer_at_the_callback_of_another_upstream_is_refused(identity: Identity, simulators: str) -> None:
    """RFC 9700 section 4.4.2: one redirect URI for each upstream, and the state knows which."""
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0001")
    other = callback.replace("/upstream/gd-unified/", "/upstream/net-id/")
    refused(page, other, 403, "IDENTITY_UPSTREAM_STATE_UNKNOWN")


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("denies", 403, "IDENTITY_UPSTREAM_DENIED"),
        ("wrong-nonce", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("expired-token", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("another-issuer", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("another-party", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("foreign-key", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("mix-up", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("away", 503, "IDENTITY_UPSTREAM_AWAY"),
        ("slow", 503, "IDENTITY_UPSTREAM_AWAY"),
    ],
)
def test_an_upstream_that_misbehaves_signs_nobody_in(
    identity: Identity, failing: str, mode: str, status: int, code: str
) -> None:
    page = identity.browser()
    page.get("/public/sign-in")
    address = off(page, "gd-unified")
    switch(failing, "upstream/gd-unified", mode)
    refused(page, choose(address, "gd-0001"), status, code)


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("invalid-code", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("no-privilege", 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED"),
        ("outsider", 403, "IDENTITY_UPSTREAM_DENIED"),
        ("busy", 503, "IDENTITY_UPSTREAM_AWAY"),
        ("away", 503, "IDENTITY_UPSTREAM_AWAY"),
        ("slow", 503, "IDENTITY_UPSTREAM_AWAY"),
    ],
)
def test_wecom_that_misbehaves_signs_nobody_in(
    identity: Identity, failing: str, mode: str, status: int, code: str
) -> None:
    page = identity.browser()
    page.get("/sign-in")
    address = off(page, "wecom")
    switch(failing, "wecom", mode)
    refused(page, choose(address, "water01"), status, code)


def test_a_member_of_wecom_whom_nobody_linked_is_refused(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    page.get("/sign-in")
    refused(page, choose(off(page, "wecom"), "zhang.san"), 403, "IDENTITY_UPSTREAM_NOT_LINKED")


def test_an_invented_code_of_wecom_is_refused(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    page.get("/sign-in")
    callback = choose(off(page, "wecom"), "water01")
    refused(page, changed(callback, code="invented"), 502, "IDENTITY_UPSTREAM_ANSWER_REFUSED")


def test_the_new_owner_of_a_telephone_number_is_a_new_person(identity: Identity, simulators: str) -> None:
    page = identity.browser()
    page.get("/public/sign-in")
    assert onward(back(page, choose(off(page, "gd-unified"), "gd-0103"))) == "/"
    assert "王小满" not in page.get("/account").text
    former = identity.browser()
    assert onward(sign_in_by(former, "gd-unified", "gd-0001")) == "/"
    assert "王小满" in former.get("/account").text


async def test_linking_somebody_elses_number_is_a_contradiction(identity: Identity, simulators: str) -> None:
    page = identity.signed_in("+8613800000004")
    answer = back(page, choose(off_to_link(page, "net-id"), "gd-0005"))
    assert (answer.status_code, "IDENTITY_UPSTREAM_CONTRADICTS" in answer.text) == (409, True)
    assert await record_of(identity, "upstream-contradicts") == 1
    assert "已绑定" not in page.get(PAGE).text


def test_a_subject_is_linked_to_one_person(identity: Identity, simulators: str) -> None:
    owner, other = identity.signed_in("police01"), identity.signed_in("fire01")
    assert onward(back(owner, choose(off_to_link(owner, "gd-staff"), "staff-police01"))) == PAGE
    answer = back(other, choose(off_to_link(other, "gd-staff"), "staff-police01"))
    assert (answer.status_code, "IDENTITY_UPSTREAM_TAKEN" in answer.text) == (409, True)


def test_who_links_must_be_who_comes_back(identity: Identity, simulators: str) -> None:
    """Whoever signed in to this browser in the meantime gets no link that they did not ask for."""
    page = identity.signed_in("health01")
    callback = choose(off_to_link(page, "gd-staff"), "staff-health01")
    identity.sign_in(page, "civil01")
    answer = back(page, callback)
    assert (answer.status_code, "IDENTITY_UPSTREAM_STATE_UNKNOWN" in answer.text) == (403, True)


async def test_an_old_sign_in_links_and_unlinks_nothing(identity: Identity, simulators: str) -> None:
    page = identity.signed_in("education01")
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute("UPDATE sso_session SET auth_time = now() - interval '6 minutes'")
    await connection.close()
    token = page.get(PAGE).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for act in ("link", "unlink"):
        answer = page.post(f"{PAGE}/{act}", data={"csrf_token": token, "provider": "wecom"})
        assert answer.status_code == 403


@pytest.mark.parametrize("act", ["link", "unlink"])
def test_linking_needs_the_token_of_the_page(identity: Identity, act: str) -> None:
    assert identity.signed_in().post(f"{PAGE}/{act}", data={"provider": "wecom"}).status_code == 403


def test_an_upstream_of_the_other_realm_is_not_linked(identity: Identity, simulators: str) -> None:
    page = identity.signed_in("water01")
    token = page.get(PAGE).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "provider": "gd-unified"}
    assert page.post(f"{PAGE}/link", data=form).status_code == 404
    assert page.get("/upstream/unheard-of").status_code == 404
    assert page.get("/upstream/unheard-of/callback").status_code == 404


@pytest.mark.parametrize("continuation", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_an_upstream_leads_back_only_to_us(identity: Identity, simulators: str, continuation: str) -> None:
    page = identity.browser()
    assert onward(sign_in_by(page, "gd-unified", "gd-0001", continuation)) == "/"


async def test_of_two_with_one_answer_at_once_exactly_one_signs_in(identity: Identity, simulators: str) -> None:
    """The state counts once, also at addresses that differ and so are no reload."""
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0001")
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())

    async def come_back(number: int) -> int:
        headers = {"Cookie": cookies, "Accept": "text/html"}
        async with httpx.AsyncClient(timeout=20) as client:
            return (await client.get(f"{callback}&n={number}", headers=headers)).status_code

    assert sorted(await asyncio.gather(*(come_back(number) for number in range(4)))) == [200, 403, 403, 403]


async def test_neither_codes_nor_numbers_stand_in_the_database_or_the_log(
    identity: Identity, simulators: str, platform: TestPlatform
) -> None:
    page = identity.browser()
    page.get("/public/sign-in")
    callback = choose(off(page, "gd-unified"), "gd-0102")
    assert onward(back(page, callback))
    said = dict(parse_qsl(urlsplit(callback).query))
    written = "".join(path.read_text("utf-8", "replace") for path in platform.folder.rglob("*.log"))
    assert written
    for secret in (said["code"], said["state"], "欧阳若兰", "13800000102", "4403101988110400"):
        assert secret not in written
    connection = await asyncpg.connect(identity.database_url)
    rows = await connection.fetch("SELECT details::text AS text FROM record UNION ALL SELECT subject FROM record")
    await connection.close()
    assert not [row for row in rows if "欧阳若兰" in row["text"] or "4403101988110400" in row["text"]]
