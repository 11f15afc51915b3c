"""A system that registers itself cannot lead identity inside: not when it registers, not later, not by its name."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from pingshan_identity.clients.relying_parties import NotConfirmed, RelyingParties
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.clients.initial_access_token import make_initial_access_token
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind
from pingshan_values.outside_address import AddressRefused, Trusted
from pydantic import ValidationError

from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.parties import Identity, csrf_of
from tests.support.platform import BoundService
from tests.support.servers import until

METADATA: dict[str, Any] = {"client_name": "Lockers", "redirect_uris": ["https://rp.example/callback"]}
INSIDE = [
    "http://localhost:18082/backchannel-logout",
    "https://localhost/",
    "https://identity.localhost/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/",
    "https://100.100.100.200/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://user:password@rp.example/",
    "https://rp.example:22/",
    "ftp://rp.example/",
]


@pytest.fixture(scope="module")
async def token(identity: Identity, bound_identity: BoundService) -> str:
    """An initial access token; a refused registration costs no use of it."""
    connection = await asyncpg.connect(identity.database_url)
    person_id = await connection.fetchval("SELECT person_id::text FROM person WHERE login_name = 'admin01'")
    await connection.close()
    decider = Actor(kind=ActorKind.PERSON, person_id=person_id, roles=frozenset({"security-administrator"}))
    database = Database.from_settings(bound_identity.settings(Settings))
    details = {"owner": "water", "uses": 9, "seconds": timedelta(days=1).total_seconds()}
    async with database.begin() as tx:
        token = await make_initial_access_token(tx, decider, details, made_by=person_id)
    await database.close()
    return token


@pytest.fixture(scope="module")
def receiver() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


def register(identity: Identity, token: str, uri: str) -> httpx.Response:
    document = METADATA | {"backchannel_logout_uri": uri}
    return httpx.post(f"{identity.url}/register", json=document, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("uri", INSIDE)
def test_it_cannot_register_an_address_inside(identity: Identity, token: str, uri: str) -> None:
    answer = register(identity, token, uri)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_it_cannot_move_inside_later(identity: Identity, token: str) -> None:
    registered = register(identity, token, "https://rp.example/logout").json()
    address, bearer = registered["registration_client_uri"], registered["registration_access_token"]
    moved = METADATA | {"client_id": registered["client_id"], "backchannel_logout_uri": "https://127.0.0.1:8443/"}
    answer = httpx.put(address, json=moved, headers={"Authorization": f"Bearer {bearer}"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def parties(*answers: Sequence[str]) -> RelyingParties:
    """As in a deployment on one machine; names resolve to these addresses, one answer after the other."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0)

    return RelyingParties(Outgoing(resolve=resolve), Trusted.of({"localhost"}))


@pytest.mark.parametrize("uri", INSIDE)
async def test_none_of_them_is_called(uri: str) -> None:
    """Also where the address stands in the database from before, or was put there."""
    with pytest.raises(NotConfirmed, match="ADDRESS_REFUSED"):
        await parties(["93.184.215.14"]).tell(uri, "token", third_party=True)


async def test_a_name_that_leads_inside_is_refused(receiver: LogoutReceiver) -> None:
    uri = f"https://rebound.example:{receiver.port}/logout"
    with pytest.raises(AddressRefused):
        await parties(["10.0.0.1"]).check(uri, third_party=True)
    rebinding = parties(["93.184.215.14"], ["127.0.0.1"], ["93.184.215.14", "::ffff:127.0.0.1"])
    await rebinding.check(uri, third_party=True)
    for _ in range(2):
        with pytest.raises(NotConfirmed, match="ADDRESS_REFUSED"):
            await rebinding.tell(uri, "token", third_party=True)
    assert not receiver.told


async def test_what_administrators_connected_may_be_where_operators_trust(receiver: LogoutReceiver) -> None:
    uri = receiver.uri("reading-room")
    await parties().check(uri, third_party=False)
    assert await parties().tell(uri, "a.b.c", third_party=False) is not None
    with pytest.raises(NotConfirmed, match="ADDRESS_REFUSED"):
        await parties().tell(uri, "a.b.c", third_party=True)
    with pytest.raises(AddressRefused):
        await RelyingParties(Outgoing(), Trusted()).check(uri, third_party=False)


async def test_what_registered_itself_may_be_where_operators_say_so_for_it(receiver: LogoutReceiver) -> None:
    """Exceptions for the one are none for the other, and every other place inside stays refused."""
    uri = receiver.uri("lockers")
    named = RelyingParties(Outgoing(), Trusted(), Trusted.of({f"localhost:{receiver.port}"}))
    assert await named.tell(uri, "a.b.c", third_party=True) is not None
    for other, third_party in ((uri, False), ("http://localhost:1/", True), ("https://10.0.0.1/", True)):
        with pytest.raises(AddressRefused):
            await named.check(other, third_party=third_party)


def test_what_operators_except_for_registered_systems_is_read_with_commas(bound_identity: BoundService) -> None:
    settings = bound_identity.settings(Settings)
    assert settings.registered_trusted == frozenset()
    named = Settings.model_validate(settings.model_dump() | {"registered_trusted": "one.example:8443, 10.20.0.0/16"})
    assert named.registered_trusted == {"one.example:8443", "10.20.0.0/16"}
    with pytest.raises(ValidationError):
        Settings.model_validate(settings.model_dump() | {"registered_trusted": "10.20.0.1/16"})


def test_a_sign_out_calls_no_third_party_inside(identity: Identity, receiver: LogoutReceiver) -> None:
    """The whole way, with an address that was put into the database behind identity's back."""
    identity.tell_everything_to(receiver.uri(""))
    identity.execute("UPDATE client SET third_party = true WHERE client_id = 'mail'")
    page = identity.signed_in("fire01")
    ended = page.post("/account/sessions/end-all", data={"csrf_token": csrf_of(page.get("/account"))})
    until(lambda: "退出地址不允许访问" in page.get(ended.headers["location"]).text)
    until(lambda: len(receiver.tokens("oa")) == 1)
    assert receiver.tokens("mail") == []
