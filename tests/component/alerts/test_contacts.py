"""How alerts asks identity whom to reach: everybody at a post, in as few calls as the contract allows."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import grpc
import pytest
from pingshan.identity.v1 import person_pb2, person_pb2_grpc
from pingshan_alerts.clients.identity import Identity
from pingshan_alerts.settings import Settings
from pingshan_kit.errors import Unavailable

CROWD = [str(UUID(int=number)) for number in range(1, 702)]
GONE, WITHOUT_NUMBER = CROWD[0], CROWD[1]


class Persons(person_pb2_grpc.PersonServiceServicer):
    """Everybody holds the post; one left just now, one has no number, the last one reads English."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def ListPersonsByPost(self, request: Any, _: Any) -> Any:  # noqa: N802
        start = int(request.page_token or "0")
        end = start + request.page_size
        return person_pb2.ListPersonsByPostResponse(
            persons=[person_pb2.Person(person_id=each) for each in CROWD[start:end]],
            next_page_token=str(end) if end < len(CROWD) else "",
        )

    async def GetContacts(self, request: Any, _: Any) -> Any:  # noqa: N802
        self.asked.append(len(request.person_ids))
        found = [
            person_pb2.Contact(
                person_id=each,
                mobile_number="" if each == WITHOUT_NUMBER else "+8613800000001",
                language="en" if each == CROWD[-1] else "zh-Hans",
            )
            for each in request.person_ids
            if each != GONE
        ]
        return person_pb2.GetContactsResponse(contacts=found)


@pytest.fixture
async def identity(settings: Settings) -> AsyncIterator[Identity]:
    client = Identity(settings)
    yield client
    await client.close()


async def test_a_crowd_is_asked_for_in_two_calls(settings: Settings, identity: Identity) -> None:
    persons, server = Persons(), grpc.aio.server()
    person_pb2_grpc.add_PersonServiceServicer_to_server(persons, server)
    server.add_insecure_port(settings.rpc_identity)
    await server.start()
    found = await identity.contacts_at("street_maluan", "duty-officer")
    await server.stop(None)
    assert persons.asked == [500, 201]
    assert [each.person_id for each in found] == CROWD[2:]
    assert [each.language for each in found[-2:]] == ["zh-Hans", "en"]


async def test_without_identity_nobody_is_left_out_in_silence(identity: Identity) -> None:
    with pytest.raises(Unavailable):
        await identity.contacts_at("street_maluan", "duty-officer")
