"""A client with pairwise subjects knows people by names that no other sector's client has (OpenID Connect Core section
8), in whatever it can read.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, answer_of, csrf_of
from tests.support.kit.service import eventually
from tests.support.platform import BoundService

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SCOPE = "openid profile offline_access"


@pytest.fixture(scope="module")
def receiver() -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def parties(
    identity: Identity, bound_identity: BoundService, receiver: LogoutReceiver
) -> dict[str, RelyingParty]:
    assert identity.url
    sectors = {"own": "rp.example", "sister": "rp.example", "stranger": "other.example"}
    made = {}
    for name, sector in sectors.items():
        made[name] = await add_client(
            bound_identity,
            f"pairwise-{name}",
            subject_type="pairwise",
            sector_identifier=sector,
            scopes=SCOPE.split(),
            grant_types=["authorization_code", "refresh_token", EXCHANGE],
            audiences=["e-license"],
            backchannel_logout_uri=receiver.uri(name),
        )
    return made | {"public": await add_client(bound_identity, "named", scopes=SCOPE.split())}


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("water01")


def tokens(identity: Identity, page: Browser, party: RelyingParty, **changed: str) -> dict[str, Any]:
    attempt = Attempt()
    answer = party.redeem(identity.code(page, party, attempt, scope=SCOPE, **changed), attempt)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def subject(party: RelyingParty, found: dict[str, Any]) -> str:
    return str(party.read(found["id_token"])["sub"])


def test_one_name_in_a_sector_and_none_outside(
    identity: Identity, page: Browser, parties: dict[str, RelyingParty]
) -> None:
    subs = {name: subject(party, tokens(identity, page, party)) for name, party in parties.items()}
    assert subs["own"] == subs["sister"]
    assert len(set(subs.values())) == 3
    other = identity.signed_in("culture01")
    assert subject(parties["own"], tokens(identity, other, parties["own"])) != subs["own"]


def test_whatever_the_client_reads_says_the_same(
    identity: Identity, page: Browser, parties: dict[str, RelyingParty]
) -> None:
    party = parties["own"]
    found = tokens(identity, page, party)
    sub, person = subject(party, found), subject(parties["public"], tokens(identity, page, parties["public"]))
    bearer = {"Authorization": f"Bearer {found['access_token']}"}
    renewed = party.token({"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}).json()
    asked = [party.token({"token": found[kind]}, "/introspect").json() for kind in ("access_token", "refresh_token")]
    told = [
        party.read(found["access_token"]),
        httpx.get(f"{identity.url}/userinfo", headers=bearer).json(),
        *asked,
        *(party.read(renewed[kind]) for kind in ("id_token", "access_token")),
    ]
    assert [each["sub"] for each in told] == [sub] * 6
    assert person not in json.dumps(told)


def test_our_services_know_the_person(identity: Identity, page: Browser, parties: dict[str, RelyingParty]) -> None:
    party, person = parties["own"], subject(parties["public"], tokens(identity, page, parties["public"]))
    found = tokens(identity, page, party)
    form = {"grant_type": EXCHANGE, "subject_token": found["access_token"], "subject_token_type": ACCESS_TOKEN}
    for_service = party.token(form | {"audience": "e-license"}).json()["access_token"]
    assert party.read(for_service)["sub"] == person
    assert identity.platform("e-license").token({"token": for_service}, "/introspect").json()["sub"] == person
    assert party.token({"token": for_service}, "/introspect").json()["sub"] == subject(party, found)
    same = party.token(form | {"audience": party.client_id}).json()["access_token"]
    assert party.read(same)["sub"] == subject(party, found)


def test_a_client_names_people_as_it_knows_them(
    identity: Identity, page: Browser, parties: dict[str, RelyingParty]
) -> None:
    party, public = parties["own"], parties["public"]
    found, named = tokens(identity, page, party), tokens(identity, page, public)

    def asked(**extra: str) -> dict[str, str]:
        return answer_of(page.get(party.authorize_path(Attempt(), prompt="none", **extra)))

    def claimed(sub: str) -> str:
        return json.dumps({"id_token": {"sub": {"value": sub}}})

    assert "code" in asked(id_token_hint=found["id_token"])
    assert "code" in asked(claims=claimed(subject(party, found)))
    assert asked(claims=claimed(subject(public, named)))["error"] == "login_required", "it is told of nobody else"
    assert asked(id_token_hint=named["id_token"])["error"] == "login_required"
    stranger = tokens(identity, page, parties["stranger"])
    assert asked(id_token_hint=stranger["id_token"])["error"] == "login_required"


async def test_a_logout_token_says_the_same(
    identity: Identity, parties: dict[str, RelyingParty], receiver: LogoutReceiver
) -> None:
    page = identity.signed_in("amr01")
    subs = {name: subject(parties[name], tokens(identity, page, parties[name])) for name in ("own", "stranger")}
    page.post("/sign-out", data={"csrf_token": csrf_of(page.get("/sign-out"))})

    async def told() -> bool:
        return all(receiver.tokens(name) for name in subs)

    await eventually(told, seconds=20)
    assert {name: receiver.tokens(name)[-1]["sub"] for name in subs} == subs
