"""identity's directory: names of organisations, and who holds a post."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import grpc
from pingshan.identity.v1 import organisation_pb2, organisation_pb2_grpc, person_pb2, person_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import Unavailable
from pingshan_values.text import Text

FRESH = 600.0
"""Seconds that the names of organisations are kept; they change about once a year."""
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post today."""

    person_id: str
    name: str


class Directory:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._organisations = organisation_pb2_grpc.OrganisationServiceStub(channel)
        self._persons = person_pb2_grpc.PersonServiceStub(channel)
        self._names: Mapping[str, Text] = {}
        self._read_at = float("-inf")

    async def organisations(self) -> Mapping[str, Text]:
        """Names by code. While identity is away: those known from before, at first none."""
        if time.monotonic() - self._read_at > FRESH:
            try:
                self._names = await self._read_organisations()
                self._read_at = time.monotonic()
            except Unavailable:
                return self._names
        return self._names

    async def holders(self, organisation: str, post: str) -> list[Holder] | None:
        """Everybody who may decide; None where identity is away."""
        request = person_pb2.ListPersonsByPostRequest(organisation=organisation, post=post, page_size=_PAGE)
        try:
            answer = await self._persons.ListPersonsByPost(request)
        except grpc.aio.AioRpcError as error:
            try:
                rpc.raise_from(error)
            except Unavailable:
                return None
        return [Holder(person.person_id, person.display_name) for person in answer.persons]

    async def _read_organisations(self) -> Mapping[str, Text]:
        names: dict[str, Text] = {}
        request = organisation_pb2.ListOrganisationsRequest(page_size=_PAGE)
        while True:
            try:
                answer = await self._organisations.ListOrganisations(request)
            except grpc.aio.AioRpcError as error:
                rpc.raise_from(error)
            names |= {found.code: Text(found.name_zh, found.name_en) for found in answer.organisations}
            if not answer.next_page_token:
                return names
            request.page_token = answer.next_page_token
