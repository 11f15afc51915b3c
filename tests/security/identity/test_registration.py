"""Who registers a client, as what, and who manages it afterwards (RFC 7591, RFC 7592)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg
import pytest
from pingshan_identity.domain.clients.registration import MAX_LIFE, MAX_USES
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.clients.change_registration import ChangeRegistration, change_registration
from pingshan_identity.usecases.clients.register_client import RegisterClient, register_client

from tests.support.identity.dependencies import dependencies
from tests.support.identity.parties import (
    Attempt,
    Browser,
    Identity,
    RelyingParty,
    answer_of,
    csrf_of,
    shown_of,
    submit,
)
from tests.support.identity.registering import (
    CALLBACK,
    METADATA,
    METADATA_ERROR,
    Office,
    knock,
    manage,
    office_of,
    party_of,
    refused,
    register,
)
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def office(identity: Identity, bound_identity: BoundService) -> Office:
    return await office_of(identity, bound_identity)


async def test_what_registers_is_a_strict_third_party(identity: Identity, office: Office) -> None:
    answer = register(identity, await office.token(), METADATA | {"client_name#zh-Hans": "快递柜"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    registered = answer.json()
    assert (registered["client_secret_expires_at"], registered["token_endpoint_auth_method"]) == (
        0,
        "client_secret_basic",
    )
    party, page, attempt = party_of(identity, registered), identity.signed_in("water01"), Attempt()
    sent = answer_of(page.get(party.authorize_path(attempt, code_challenge=None, code_challenge_method=None)))
    assert sent["error"] == "invalid_request"
    question = page.get(party.authorize_path(attempt)).headers["location"]
    shown = page.get(question)
    assert "快递柜" in shown.text
    form = {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "allow"}
    agreed = page.post(question, form)
    code = answer_of(page.get(agreed.headers["location"]))["code"]
    assert party.redeem(code, attempt).status_code == 200
    other = identity.signed_in("fire01")
    assert answer_of(other.get(party.authorize_path(Attempt())))["error"] == "access_denied"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}])
async def test_who_sends_no_token_is_told_no_error(identity: Identity, office: Office, headers: dict[str, str]) -> None:
    """RFC 6750 section 3.1; a registration takes its token by no other scheme."""
    registered = register(identity, await office.token()).json()
    for method, address in (
        ("POST", f"{identity.url}/register"),
        ("GET", registered["registration_client_uri"]),
        ("PUT", registered["registration_client_uri"]),
        ("DELETE", registered["registration_client_uri"]),
    ):
        answer = knock(address, method, headers=headers)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["www-authenticate"] == 'Bearer realm="pingshan"'


async def test_nobody_registers_without_a_good_token(identity: Identity, office: Office) -> None:
    wrong = register(identity, "made-up")
    assert wrong.headers["www-authenticate"].startswith('Bearer realm="pingshan", error="invalid_token"')
    refused(register(identity, "made-up"))
    once = await office.token()
    assert register(identity, once).status_code == 201
    refused(register(identity, once))
    late = await office.token(life=timedelta(microseconds=1))
    refused(register(identity, late))


async def test_of_concurrent_registrations_no_more_succeed_than_the_token_allows(
    identity: Identity, office: Office
) -> None:
    token = await office.token(uses=3)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: register(identity, token), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [401] * 5


async def test_who_is_switched_off_does_not_come_back_by_the_same_token(identity: Identity, office: Office) -> None:
    token, others = await office.token(uses=5), await office.token()
    registered = register(identity, token).json()
    await office.switch_off(registered["client_id"])
    refused(register(identity, token))
    assert register(identity, others).status_code == 201


async def test_a_refused_registration_costs_no_use(identity: Identity, office: Office) -> None:
    token = await office.token()
    refused(register(identity, token, METADATA | {"redirect_uris": ["http://rp.example/"]}), "invalid_redirect_uri")
    refused(register(identity, token, METADATA | {"tls_client_certificate_bound_access_tokens": True}), METADATA_ERROR)
    refused(register(identity, token, []), "invalid_client_metadata")
    bearer = {"Authorization": f"Bearer {token}"}
    for body, kind in ((b"{", "application/json"), (b"{}", "text/plain")):
        answer = knock(f"{identity.url}/register", "POST", content=body, headers=bearer | {"Content-Type": kind})
        refused(answer, "invalid_client_metadata")
    unreadable = bearer | {"Content-Type": "application/json"}
    refused(knock(f"{identity.url}/register", "POST", content=b"\xff", headers=unreadable), "invalid_request")
    assert register(identity, token).status_code == 201


async def test_a_token_has_an_owner_few_uses_and_a_short_life(office: Office) -> None:
    for changed in ({"owner": "nobody"}, {"life": MAX_LIFE * 2}, {"life": timedelta(0)}, {"profile": "lax"}):
        with pytest.raises(RequestInvalid):
            await office.token(**changed)
    for uses in (0, MAX_USES + 1):
        with pytest.raises(RequestInvalid):
            await office.token(uses=uses)


async def test_a_client_manages_itself_and_nobody_else(identity: Identity, office: Office) -> None:
    token = await office.token(uses=2)
    first, second = register(identity, token).json(), register(identity, token).json()
    read = manage("GET", first)
    assert read.status_code == 200
    assert read.json()["redirect_uris"] == [CALLBACK]
    assert "client_secret" not in read.json()
    for method in ("GET", "PUT", "DELETE"):
        refused(manage(method, first, token=second["registration_access_token"], document=METADATA))
        refused(manage(method, first, token=token, document=METADATA))
        assert knock(first["registration_client_uri"], method).status_code == 401
    nobodys = knock(f"{identity.url}/register/oa%00", headers={"Authorization": "Bearer x"})
    assert nobodys.status_code == 400
    assert "PLATFORM_UNREADABLE" in nobodys.text


async def test_a_client_replaces_its_metadata(identity: Identity, office: Office) -> None:
    registered = register(identity, await office.token()).json()
    new = METADATA | {"client_id": registered["client_id"], "client_name": "Lockers"}
    changed = manage("PUT", registered, new | {"redirect_uris": ["https://rp.example/other"]})
    assert changed.status_code == 200, changed.text
    assert changed.json()["client_name"] == "Lockers"
    assert "client_secret" not in changed.json()
    page = identity.signed_in("water01")
    assert page.get(party_of(identity, registered).authorize_path(Attempt())).status_code == 400
    refused(manage("PUT", registered, new | {"client_secret": "chosen"}), "invalid_client_metadata")
    refused(manage("PUT", registered, METADATA), "invalid_client_metadata")
    app = {"application_type": "native", "token_endpoint_auth_method": "none"}
    assert "client_secret" not in manage("PUT", registered, new | app).json()
    refused_secret = party_of(identity, registered).redeem("code", Attempt())
    assert refused_secret.status_code == 401
    again = manage("PUT", registered, new).json()
    assert again["client_secret"] not in {None, registered["client_secret"]}


async def test_a_client_that_renames_itself_asks_again(identity: Identity, office: Office) -> None:
    registered = register(identity, await office.token()).json()
    party, page = party_of(identity, registered), identity.signed_in("water01")
    question = page.get(party.authorize_path(Attempt())).headers["location"]
    shown = page.get(question)
    page.post(question, {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "allow"})
    assert "code" in answer_of(page.get(party.authorize_path(Attempt())))
    new = METADATA | {"client_id": registered["client_id"], "client_name": "Tax bureau"}
    assert manage("PUT", registered, new).status_code == 200
    again = page.get(party.authorize_path(Attempt())).headers["location"]
    assert again.startswith("/consent?")
    assert "Tax bureau" in page.get(again).text
    outdated = page.post(again, {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "allow"})
    assert outdated.headers["location"] == again, "what was shown before is not what they would agree to"


async def test_an_app_that_another_one_may_imitate_gets_no_code_unasked(identity: Identity, office: Office) -> None:
    """RFC 8252 section 8.6: another app on the device claims the same scheme, and brings a code verifier of its own."""
    uri = "com.example.parcels:/back"
    document = METADATA | {"redirect_uris": [uri], "application_type": "native", "token_endpoint_auth_method": "none"}
    registered = register(identity, await office.token(), document).json()
    app = RelyingParty(identity.url, registered["client_id"], uri, method="none")
    page = identity.signed_in("water01")
    attempt = Attempt()
    question = page.get(app.authorize_path(attempt)).headers["location"]
    shown = page.get(question)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(question).query).items()}
    passed_by = page.get(f"/authorize?{urlencode(asked)}").headers["location"]
    assert passed_by.startswith("/consent?"), "who has answered nothing is asked still"
    shown = page.get(passed_by)
    agreed = page.post(passed_by, {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "allow"})
    assert app.redeem(answer_of(page.get(agreed.headers["location"]))["code"], attempt).status_code == 200
    assert page.get(app.authorize_path(Attempt())).headers["location"].startswith("/consent?")
    assert answer_of(page.get(app.authorize_path(Attempt(), prompt="none")))["error"] == "consent_required"


async def test_a_removed_client_is_dead_with_all_it_holds(identity: Identity, office: Office) -> None:
    registered = register(identity, await office.token()).json()
    party, page, attempt = party_of(identity, registered), identity.signed_in("water01"), Attempt()
    question = page.get(party.authorize_path(attempt)).headers["location"]
    shown = page.get(question)
    agreed = page.post(question, {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "allow"})
    code = answer_of(page.get(agreed.headers["location"]))["code"]
    tokens = party.redeem(code, attempt).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert knock(f"{identity.url}/userinfo", headers=bearer).status_code == 200
    assert manage("DELETE", registered).status_code == 204
    assert knock(f"{identity.url}/userinfo", headers=bearer).status_code == 401
    refused(manage("GET", registered))
    assert party.redeem("code", attempt).json()["error"] == "invalid_client"
    answer = page.get(party.authorize_path(Attempt()))
    assert answer.status_code == 403
    assert "location" not in answer.headers
    assert "IDENTITY_CLIENT_DISABLED" in answer.text


async def test_tokens_and_secrets_are_kept_as_hashes(identity: Identity, office: Office) -> None:
    token = await office.token()
    registered = register(identity, token).json()
    database = await asyncpg.connect(identity.database_url)
    rows = [str(dict(row)) for row in await database.fetch("SELECT * FROM client")]
    rows += [str(dict(row)) for row in await database.fetch("SELECT * FROM initial_access_token")]
    rows += [str(dict(row)) for row in await database.fetch("SELECT * FROM record")]
    await database.close()
    for secret in (token, registered["client_secret"], registered["registration_access_token"]):
        assert not any(secret in row for row in rows)


async def test_no_change_of_its_own_keeps_a_client_from_being_switched_off(identity: Identity, office: Office) -> None:
    registered = register(identity, await office.token()).json()
    client_id = registered["client_id"]
    system, security = identity.signed_in("admin01"), identity.signed_in("secadmin01")
    change = _off(system, client_id)
    renamed = METADATA | {"client_id": client_id, "client_name": "Parcel lockers 2"}
    assert manage("PUT", registered, renamed).status_code == 200
    decided = submit(security, f"{change}/decide", {"decision": "approved", "reason": "同意"}, at=change)
    assert decided.status_code == 303, decided.text
    assert identity.execute("SELECT disabled_at FROM client WHERE client_id = $1", client_id)[0]["disabled_at"]
    refused(manage("GET", registered))


def _off(system: Browser, client_id: str) -> str:
    at = f"/admin/clients/{client_id}"
    answer = submit(system, f"{at}/switch", {"kind": "disable-client", "reason": "冒充政府系统"}, at=at)
    return str(answer.headers["location"])


class SlowNames:
    """Stands for the client of logout addresses while the name server of one takes its time."""

    def __init__(self) -> None:
        self.asked, self.answer = 0, asyncio.Event()

    async def check(self, _uri: str, *, third_party: bool) -> None:
        assert third_party
        self.asked += 1
        await self.answer.wait()


async def test_a_name_server_that_takes_its_time_holds_no_connection(
    identity: Identity, office: Office, bound_identity: BoundService
) -> None:
    """Thirty registrations wait for it, more than there are connections, and everybody else goes on."""
    told = METADATA | {"backchannel_logout_uri": "https://slow.example/"}
    token, slow, many = await office.token(uses=40), SlowNames(), 15
    registered = register(identity, token).json()
    changed = told | {"client_id": registered["client_id"]}
    async with dependencies(bound_identity.settings(Settings)) as made:
        deps = replace(made, relying_parties=slow)  # type: ignore[arg-type]
        manager = ChangeRegistration(registered["client_id"], registered["registration_access_token"], changed)
        waiting = [asyncio.create_task(register_client(deps, RegisterClient(token, told))) for _ in range(many)]
        waiting += [asyncio.create_task(change_registration(deps, manager)) for _ in range(many)]
        async with asyncio.timeout(20):
            while slow.asked < len(waiting):  # noqa: ASYNC110 - the tasks count
                await asyncio.sleep(0.05)
            async with deps.database.read():
                slow.answer.set()
        assert len(await asyncio.gather(*waiting)) == len(waiting)
