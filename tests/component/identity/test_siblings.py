"""What the sibling services get from identity: answers by gRPC, and word of every session that ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import nats
import pytest
from pingshan.identity.v1 import (
    organisation_pb2,
    organisation_pb2_grpc,
    person_pb2,
    person_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from pingshan_events.identity import SessionEnded
from pingshan_kit.events.signatures import HEARTBEAT, Verifier
from pingshan_kit.rpc import channel
from pingshan_kit.settings import ServiceSettings

from tests.support.identity.parties import Identity, csrf_of
from tests.support.platform import BoundService, TestPlatform

UNKNOWN = "01900000-0000-7000-8000-000000000000"
"""The id of nobody."""


def settings_of(platform_settings: Callable[..., BoundService], service: str) -> ServiceSettings:
    kind = type("Sibling", (ServiceSettings,), {"service": service, "__annotations__": {}})
    return platform_settings(service, migrated=False).settings(kind)


@pytest.fixture(scope="module")
async def from_alerts(
    identity: Identity, platform_settings: Callable[..., BoundService]
) -> AsyncIterator[grpc.aio.Channel]:
    async with channel(settings_of(platform_settings, "alerts"), "identity") as connection:
        yield connection


@pytest.fixture(scope="module")
async def from_workflow(
    identity: Identity, platform_settings: Callable[..., BoundService]
) -> AsyncIterator[grpc.aio.Channel]:
    async with channel(settings_of(platform_settings, "workflow"), "identity") as connection:
        yield connection


async def test_organisations_come_in_pages(from_workflow: grpc.aio.Channel) -> None:
    stub = organisation_pb2_grpc.OrganisationServiceStub(from_workflow)
    codes: list[str] = []
    token = ""
    while True:
        request = organisation_pb2.ListOrganisationsRequest(page_size=7, page_token=token)
        answer = await stub.ListOrganisations(request)
        codes += [each.code for each in answer.organisations]
        token = answer.next_page_token
        if not token:
            break
    assert codes == sorted(codes)
    assert len(set(codes)) == 30
    assert (
        len((await stub.ListOrganisations(organisation_pb2.ListOrganisationsRequest(page_size=201))).organisations)
        == 30
    )
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ListOrganisations(organisation_pb2.ListOrganisationsRequest(page_size=-1))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_people_by_post_and_how_to_reach_them(from_alerts: grpc.aio.Channel) -> None:
    stub = person_pb2_grpc.PersonServiceStub(from_alerts)
    request = person_pb2.ListPersonsByPostRequest(organisation="street_maluan", post="duty-officer")
    people = (await stub.ListPersonsByPost(request)).persons
    assert len(people) == 1
    assert people[0].organisation == "street_maluan"
    assert "duty-officer" in people[0].posts
    [contact] = (await stub.GetContacts(person_pb2.GetContactsRequest(person_ids=[people[0].person_id]))).contacts
    assert contact.person_id == people[0].person_id
    assert contact.mobile_number.startswith("+86755")
    assert contact.language == "zh-Hans"
    nobody = person_pb2.ListPersonsByPostRequest(organisation="street_maluan", post="no-such-post")
    assert not (await stub.ListPersonsByPost(nobody)).persons


async def test_representatives_of_a_company_and_of_a_person(from_alerts: grpc.aio.Channel) -> None:
    stub = person_pb2_grpc.PersonServiceStub(from_alerts)
    found = [
        (await stub.ListRepresentatives(person_pb2.ListRepresentativesRequest(holder_code=code))).persons
        for code in ("91440310TEXT10001K", "440310199003070015", "91440310TEXT99999X")
    ]
    assert [len(people) for people in found] == [1, 1, 0]
    assert found[0][0].person_id == found[1][0].person_id
    assert found[0][0].realm == "public"


async def test_contacts_of_many_at_once(from_alerts: grpc.aio.Channel) -> None:
    """Each person once, in the order of ids; whom identity does not know does not keep the others from a message."""
    stub = person_pb2_grpc.PersonServiceStub(from_alerts)
    known = []
    for organisation in ("street_maluan", "street_biling"):
        request = person_pb2.ListPersonsByPostRequest(organisation=organisation, post="duty-officer")
        known += [person.person_id for person in (await stub.ListPersonsByPost(request)).persons]
    asked = [known[1], UNKNOWN, known[0], known[0]]
    answer = await stub.GetContacts(person_pb2.GetContactsRequest(person_ids=asked))
    assert [each.person_id for each in answer.contacts] == sorted(known)


@pytest.mark.parametrize("asked", [[], ["not-an-id"], [UNKNOWN] * 501])
async def test_how_many_contacts_may_be_asked_for(from_alerts: grpc.aio.Channel, asked: list[str]) -> None:
    stub = person_pb2_grpc.PersonServiceStub(from_alerts)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetContacts(person_pb2.GetContactsRequest(person_ids=asked))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    most = person_pb2.GetContactsRequest(person_ids=[UNKNOWN] * 500)
    assert not (await stub.GetContacts(most)).contacts


async def test_personal_data_is_only_for_who_delivers_messages(from_workflow: grpc.aio.Channel) -> None:
    stub = person_pb2_grpc.PersonServiceStub(from_workflow)
    for call, request in (
        (stub.GetContacts, person_pb2.GetContactsRequest(person_ids=[UNKNOWN])),
        (stub.GetPerson, person_pb2.GetPersonRequest(person_id=UNKNOWN)),
        (stub.ListRepresentatives, person_pb2.ListRepresentativesRequest(holder_code="91440310TEXT10001K")),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(request)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_sign_out_reaches_the_stream_within_two_seconds(
    identity: Identity, platform: TestPlatform, from_workflow: grpc.aio.Channel
) -> None:
    page = identity.signed_in("amr01")
    party = identity.platform("workflow")
    session_id = party.read(identity.tokens(page, party)["access_token"])["sid"]
    tokens = token_pb2_grpc.TokenServiceStub(from_workflow)
    question = token_pb2.IntrospectTokenRequest(session_id=session_id)
    assert (await tokens.IntrospectToken(question)).active
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    heard: asyncio.Queue[Any] = asyncio.Queue()
    await client.subscribe(SessionEnded.subject, cb=heard.put)
    await client.flush()
    token = csrf_of(page.get("/account"))
    begun = time.monotonic()
    assert page.post("/sign-out", data={"csrf_token": token}).status_code == 303
    event = SessionEnded.model_validate_json((await asyncio.wait_for(heard.get(), 2)).data)
    assert time.monotonic() - begun < 2
    await client.close()
    assert (event.session_id, event.reason) == (session_id, "signed-out")
    assert event.traceparent
    assert not (await tokens.IntrospectToken(question)).active
    assert not (await tokens.IntrospectToken(token_pb2.IntrospectTokenRequest(session_id="unknown"))).active


async def test_the_heart_beats_twice_a_second_and_signs(identity: Identity, platform: TestPlatform) -> None:
    client = await nats.connect(platform.addresses.nats, **platform.nats_user("alerts"))
    subscription = await client.subscribe(HEARTBEAT)
    beats = [await asyncio.wait_for(subscription.next_msg(timeout=3), 3) for _ in range(3)]
    await client.close()
    verifier = Verifier(platform.addresses.service_jwks)
    assert all(verifier.accepts(HEARTBEAT, beat.headers, beat.data) for beat in beats)
