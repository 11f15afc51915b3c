"""Calls of identity's directory: names of organisations, and who holds a post."""

from collections.abc import Mapping
from dataclasses import dataclass

import grpc
from pingshan.identity.v1 import organisation_pb2, organisation_pb2_grpc, person_pb2, person_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import Unavailable
from pingshan_values.text import Text

_PAGE = 200
_MAX_AGE = 600.0
"""Seconds for which names are kept before identity is asked again."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Names a person who holds a post today."""

    person_id: str
    name: str


class Directory:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._organisations = organisation_pb2_grpc.OrganisationServiceStub(channel)
        self._persons = person_pb2_grpc.PersonServiceStub(channel)
        self._names: rpc.Directory[Mapping[str, Text]] = rpc.Directory(
            "organisations", self._ask_names, {}, max_age=_MAX_AGE
        )

    async def organisations(self) -> Mapping[str, Text]:
        """Returns the names by code; while identity cannot be reached the last known ones, at first none."""
        return await self._names.read()

    async def holders(self, organisation: str, post: str) -> list[Holder] | None:
        """Returns all who hold the post now, or None where identity cannot be reached."""
        request = person_pb2.ListPersonsByPostRequest(organisation=organisation, post=post, page_size=_PAGE)
        pages = rpc.every_page(self._persons.ListPersonsByPost, request)
        try:
            return [Holder(person.person_id, person.display_name) async for page in pages for person in page.persons]
        except Unavailable:
            return None

    async def _ask_names(self) -> Mapping[str, Text]:
        request = organisation_pb2.ListOrganisationsRequest(page_size=_PAGE)
        pages = rpc.every_page(self._organisations.ListOrganisations, request)
        return {each.code: Text(each.name_zh, each.name_en) async for page in pages for each in page.organisations}
