"""Calls of identity: organisations, people at a post, representatives of a holder, contacts."""

from dataclasses import dataclass, field

import grpc
from pingshan.identity.v1 import organisation_pb2, organisation_pb2_grpc, person_pb2, person_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings

from pingshan_alerts.domain.organisation import Organisation

_PAGE = 200
_MOST_CONTACTS = 500


@dataclass(frozen=True, slots=True)
class Contact:
    """Holds a person's mobile number (E.164) and language (`zh-Hans` or `en`)."""

    person_id: str
    mobile_number: str = field(repr=False)
    language: str


class Identity:
    """Calls identity; raises Unavailable where identity cannot be reached, RemoteError where it refuses."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._channel = rpc.channel(settings, "identity")
        self._organisations = organisation_pb2_grpc.OrganisationServiceStub(self._channel)
        self._persons = person_pb2_grpc.PersonServiceStub(self._channel)

    async def organisations(self) -> list[Organisation]:
        request = organisation_pb2.ListOrganisationsRequest(page_size=_PAGE)
        return [
            Organisation(each.code, each.name_zh, each.name_en, each.kind)
            async for page in rpc.every_page(self._organisations.ListOrganisations, request)
            for each in page.organisations
        ]

    async def contacts_at(self, organisation: str, post: str) -> list[Contact]:
        """Returns the contacts of all who hold the post at the organisation and have a number."""
        request = person_pb2.ListPersonsByPostRequest(organisation=organisation, post=post, page_size=_PAGE)
        pages = rpc.every_page(self._persons.ListPersonsByPost, request)
        return await self._contacts([person.person_id async for page in pages for person in page.persons])

    async def representatives(self, holder_code: str) -> list[Contact]:
        """Returns the contacts of all who may act for the holder and have a number."""
        request = person_pb2.ListRepresentativesRequest(holder_code=holder_code)
        try:
            answer = await self._persons.ListRepresentatives(request)
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        return await self._contacts([person.person_id for person in answer.persons])

    async def close(self) -> None:
        await self._channel.close(None)

    async def _contacts(self, person_ids: list[str]) -> list[Contact]:
        found: list[Contact] = []
        for start in range(0, len(person_ids), _MOST_CONTACTS):
            request = person_pb2.GetContactsRequest(person_ids=person_ids[start : start + _MOST_CONTACTS])
            try:
                answer = await self._persons.GetContacts(request)
            except grpc.aio.AioRpcError as error:
                rpc.raise_from(error)
            found += [_contact(each) for each in answer.contacts if each.mobile_number]
        return found


def _contact(known: person_pb2.Contact) -> Contact:
    return Contact(known.person_id, known.mobile_number, "en" if known.language == "en" else "zh-Hans")
