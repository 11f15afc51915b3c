"""Passkeys: what a wrong, stale, copied, removed or foreign one does not open."""

import asyncio
import json
import re
from base64 import urlsafe_b64encode

import asyncpg
import httpx
import pytest

from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Attempt, Browser, Identity, answer_of, csrf_of, submit
from tests.support.identity.passkeys import (
    PAGE,
    add,
    as_second_factor,
    begin,
    give,
    ids,
    options,
    register,
    sign_in,
    with_passkey,
)

SESSION = "__Host-pingshan-identity"


def refused(identity: Identity, authenticator: Authenticator, page: Browser | None = None) -> None:
    page = page or identity.browser()
    assert sign_in(page, authenticator).status_code == 401
    assert SESSION not in page.cookies


async def reasons(identity: Identity) -> list[str]:
    connection = await asyncpg.connect(identity.database_url)
    rows = await connection.fetch("SELECT details->>'reason' AS reason FROM record WHERE act = 'sign-in.refused'")
    await connection.close()
    return [row["reason"] for row in rows]


def test_a_page_at_another_origin_is_refused(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator)
    authenticator.origin = "https://pingshan.example"
    refused(identity, authenticator)


@pytest.mark.parametrize(
    "framed", [{"crossOrigin": True}, {"crossOrigin": True, "topOrigin": "https://x.example"}, {"crossOrigin": "no"}]
)
def test_a_page_in_a_frame_of_another_site_is_refused(identity: Identity, framed: dict[str, object]) -> None:
    """WebAuthn sections 7.1 and 7.2: a relying party that is framed by nobody takes no answer out of a frame."""
    authenticator = Authenticator(identity.url, framed={"crossOrigin": False})
    page = with_passkey(identity, authenticator)
    authenticator.framed = framed
    refused(identity, authenticator)
    assert register(page, Authenticator(identity.url, framed=framed)).status_code == 401


def test_another_relying_party_is_refused(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator)
    authenticator.rp_id = "pingshan.example"
    refused(identity, authenticator)


def test_a_challenge_counts_once(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator)
    page = identity.browser()
    shown, asked = begin(page)
    wrong = Authenticator(identity.url, credential_id=authenticator.credential_id)
    assert give(page, shown, asked["attempt"], wrong.get(asked["publicKey"])).status_code == 401
    assert give(page, shown, asked["attempt"], authenticator.get(asked["publicKey"])).status_code == 401
    assert SESSION not in page.cookies


def test_an_answer_to_the_challenge_of_another_sign_in_is_refused(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator)
    thief = identity.browser()
    _, victims = begin(identity.browser())
    shown, own = begin(thief)
    answer = authenticator.get(victims["publicKey"])
    assert give(thief, shown, own["attempt"], answer).status_code == 401
    assert give(thief, shown, victims["attempt"], answer).headers["location"] == "/"
    assert SESSION not in thief.cookies


async def test_a_counter_that_goes_back_is_refused_and_recorded(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, counter=10)
    with_passkey(identity, authenticator)
    assert sign_in(identity.browser(), authenticator).status_code == 303
    authenticator.counter = 10
    refused(identity, authenticator)
    assert "passkey-counter-went-back" in await reasons(identity)


def test_a_removed_passkey_opens_nothing(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    page = with_passkey(identity, authenticator, "urban01")
    (own,) = ids(page.get(PAGE))
    assert submit(page, f"{PAGE}/remove", {"passkey": own}, at=PAGE).status_code == 303
    refused(identity, authenticator)


def test_another_persons_passkey_is_no_second_factor(identity: Identity) -> None:
    authenticator, own = Authenticator(identity.url), Authenticator(identity.url)
    with_passkey(identity, authenticator, "fire01")
    with_passkey(identity, own, "health01")
    page = identity.browser()
    address = identity.give_password(page, "health01").headers["location"]
    assert as_second_factor(page, address, authenticator).status_code == 401
    assert SESSION not in page.cookies


def test_another_persons_user_handle_is_refused(identity: Identity) -> None:
    authenticator, other = Authenticator(identity.url), Authenticator(identity.url)
    with_passkey(identity, authenticator, "fire01")
    with_passkey(identity, other, "health01")
    authenticator.user_handle = other.user_handle
    refused(identity, authenticator)


def test_a_passkey_of_staff_opens_nothing_for_the_public(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator)
    page = identity.browser()
    shown, asked = begin(page, sign_in="/public/sign-in")
    answer = authenticator.get(asked["publicKey"])
    assert give(page, shown, asked["attempt"], answer, sign_in="/public/sign-in").status_code == 401


def test_without_user_verification_it_is_refused(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    page = with_passkey(identity, authenticator)
    authenticator.verifies = False
    refused(identity, authenticator)
    assert register(page, Authenticator(identity.url, verifies=False)).status_code == 401


def test_a_synced_passkey_that_claims_to_be_bound_is_refused(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, synced=True)
    with_passkey(identity, authenticator)
    authenticator.synced = False
    refused(identity, authenticator)


def test_a_synced_passkey_does_not_open_a_system_of_level_three(identity: Identity) -> None:
    authenticator = Authenticator(identity.url, synced=True)
    with_passkey(identity, authenticator, "hr01")
    page = identity.browser()
    assert sign_in(page, authenticator).status_code == 303
    raised = page.get(identity.district("hr").authorize_path(Attempt()))
    assert raised.headers["location"].startswith("/sign-in/step-up?")


def saying(client_data: bytes) -> str:
    """An answer, of a sign-in and a registration alike, whose client data are these."""
    said = dict.fromkeys(("authenticatorData", "signature", "attestationObject"), "AA")
    said |= {"clientDataJSON": urlsafe_b64encode(client_data).rstrip(b"=").decode()}
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": said})


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "",
            "[]",
            "{}",
            "null",
            '{"id": 1}',
            '{"id":"AA","rawId":"AB","type":"public-key","response":{}}',
            "x" * 30_000,
        ),
        saying(b"[" * 10_000),
        saying(b'{"type":' * 1_500),
    ],
    ids=str.__len__,
)
def test_a_malformed_answer_is_refused(identity: Identity, answer: str) -> None:
    page = identity.browser()
    shown, asked = begin(page)
    assert give(page, shown, asked["attempt"], answer).status_code == 401
    registering = identity.signed_in()
    shown = registering.get(PAGE)
    asked = options(registering, f"{PAGE}/options", shown)
    assert add(registering, shown, asked["attempt"], answer).status_code == 401


def test_a_registration_counts_only_for_its_own_session_and_challenge(identity: Identity) -> None:
    page, thief = identity.signed_in("water01"), identity.signed_in("hall01")
    shown = page.get(PAGE)
    asked = options(page, f"{PAGE}/options", shown)
    answer = Authenticator(identity.url).create(asked["publicKey"])
    assert add(thief, thief.get(PAGE), asked["attempt"], answer).status_code == 409
    assert add(page, shown, asked["attempt"], answer).status_code == 303
    assert add(page, shown, asked["attempt"], answer).status_code == 401


def test_a_credential_id_is_registered_once(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator, "water01")
    copy = Authenticator(identity.url, credential_id=authenticator.credential_id)
    assert register(identity.signed_in("hall01"), copy).status_code == 401


async def test_an_old_sign_in_adds_and_removes_nothing(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    page = with_passkey(identity, authenticator, "civil01")
    shown = page.get(PAGE)
    asked = options(page, f"{PAGE}/options", shown)
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute("UPDATE sso_session SET auth_time = now() - interval '6 minutes'")
    await connection.close()
    answer = Authenticator(identity.url).create(asked["publicKey"])
    assert add(page, shown, asked["attempt"], answer).status_code == 403
    form = {"csrf_token": csrf_of(shown), "passkey": ids(shown)[0]}
    assert page.post(f"{PAGE}/remove", data=form).status_code == 403
    assert page.post(f"{PAGE}/options", data=form).status_code == 403
    assert "重新登录后继续" in page.get(PAGE).text


def test_anothers_passkey_is_neither_renamed_nor_removed(identity: Identity) -> None:
    with_passkey(identity, Authenticator(identity.url), "education01")
    owner = identity.signed_in("education01")
    (own,) = ids(owner.get(PAGE))
    thief = identity.signed_in("transport01")
    for act in ("rename", "remove"):
        form = {"csrf_token": csrf_of(thief.get(PAGE)), "passkey": own, "name": "mine"}
        assert thief.post(f"{PAGE}/{act}", data=form).status_code == 404
    assert ids(owner.get(PAGE)) == [own]


async def test_staff_keep_their_last_second_factor(identity: Identity) -> None:
    page = with_passkey(identity, Authenticator(identity.url), "ecology01")
    connection = await asyncpg.connect(identity.database_url)
    await connection.execute(
        "DELETE FROM totp USING person WHERE person.person_id = totp.person_id AND login_name = 'ecology01'"
    )
    await connection.close()
    (own,) = ids(page.get(PAGE))
    assert submit(page, f"{PAGE}/remove", {"passkey": own}, at=PAGE).status_code == 409
    assert ids(page.get(PAGE)) == [own]


@pytest.mark.parametrize("path", ["options", "add", "rename", "remove"])
def test_every_form_needs_its_token(identity: Identity, path: str) -> None:
    page = identity.signed_in()
    assert page.post(f"{PAGE}/{path}", data={}).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in/passkey", "/sign-in/passkey/options", "/public/sign-in/passkey"])
def test_signing_in_needs_the_token_of_the_page(identity: Identity, path: str) -> None:
    """Login CSRF: nobody is signed in to another person's account from a foreign page."""
    assert identity.browser().post(path, data={"attempt": "a", "credential": "{}"}).status_code == 403


def test_the_options_name_no_passkey_before_a_first_proof(identity: Identity) -> None:
    with_passkey(identity, Authenticator(identity.url))
    _, asked = begin(identity.browser())
    assert asked["publicKey"].get("allowCredentials", []) == []
    assert asked["publicKey"]["userVerification"] == "required"
    assert asked["publicKey"]["rpId"] == "localhost"


def test_a_step_up_takes_only_passkeys_of_its_level(identity: Identity) -> None:
    synced = Authenticator(identity.url, synced=True)
    page = with_passkey(identity, synced, "hr01")
    bound = Authenticator(identity.url)
    with_passkey(identity, bound, "hr01", page)
    raised = page.get(identity.district("hr").authorize_path(Attempt()))
    assert "经过认证的硬件通行密钥" in page.get(page.get(raised.headers["location"]).headers["location"]).text
    identity.execute("UPDATE passkey SET hardware = true WHERE credential_id = $1", bound.credential_id)
    raised = page.get(identity.district("hr").authorize_path(Attempt()))
    second = page.get(raised.headers["location"]).headers["location"]
    assert as_second_factor(page, second, synced).headers["location"].startswith("/sign-in/second-factor?")
    back = as_second_factor(page, second, bound)
    assert "code" in answer_of(page.get(back.headers["location"]))


async def test_of_two_with_one_answer_at_once_exactly_one_signs_in(identity: Identity) -> None:
    authenticator = Authenticator(identity.url)
    with_passkey(identity, authenticator, "police01")
    page = identity.browser()
    shown, asked = begin(page)
    form = {"csrf_token": csrf_of(shown), "attempt": asked["attempt"]}
    form["credential"] = authenticator.get(asked["publicKey"])
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())

    async def give() -> bool:
        async with httpx.AsyncClient(timeout=20) as client:
            answer = await client.post(f"{identity.url}/sign-in/passkey", data=form, headers={"Cookie": cookies})
            return SESSION in answer.headers.get("set-cookie", "")

    assert sum(await asyncio.gather(*(give() for _ in range(4)))) == 1


def test_a_session_raises_itself_by_no_passkey(identity: Identity) -> None:
    """Who has a passkey of level 3 adds and removes ways in with it alone, and the step-up leads back to the page."""
    hardware = Authenticator(identity.url)
    with_passkey(identity, hardware, "traffic_police01")
    identity.execute("UPDATE passkey SET hardware = true WHERE credential_id = $1", hardware.credential_id)
    page = identity.signed_in("traffic_police01")
    shown = page.get(PAGE)
    token = {"X-CSRF-Token": csrf_of(shown)}
    refused = page.post(f"{PAGE}/options", data={}, headers=token | {"Accept": "application/json"})
    assert (refused.status_code, "L3" in refused.json()["detail"]) == (403, True)
    own = ids(shown)[0]
    for path, form in (
        (f"{PAGE}/remove", {"passkey": own}),
        ("/account/security/totp/remove", {}),
        ("/account/security/recovery-codes", {}),
    ):
        assert page.post(path, {"csrf_token": csrf_of(page.get(PAGE))} | form).status_code == 403, path
    assert "data-create" not in shown.text
    for here in ("/account/security", PAGE):
        [step_up] = re.findall(r'href="(/sign-in/step-up\?[^"]+)"', page.get(here).text)
        second = page.get(step_up).headers["location"]
        assert second.startswith("/sign-in/second-factor?"), second
    assert as_second_factor(page, second, hardware).headers["location"] == PAGE
    assert register(page, Authenticator(identity.url)).status_code == 303
    assert submit(page, f"{PAGE}/remove", {"passkey": own}, at=PAGE).status_code == 303
