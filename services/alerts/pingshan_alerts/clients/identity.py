"""What alerts asks of identity: organisations, people at a post, representatives of a holder, contacts."""

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
    """How to reach a person."""

    person_id: str
    mobile_number: str = field(repr=False)
    language: str


class Identity:
    """Raises Unavailable where identity is away."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._channel = rpc.channel(settings, "identity")
        self._organisations = organisation_pb2_grpc.OrganisationServiceStub(self._channel)
        self._persons = person_pb2_grpc.PersonServiceStub(self._channel)

    async def organisations(self) -> list[Organisation]:
        found: list[Organisation] = []
        token = ""
        try:
            while True:
                request = organisation_pb2.ListOrganisationsRequest(page_size=_PAGE, page_token=token)
                page = await self._organisations.ListOrganisations(request)
                found += [Organisation(each.code, each.name_zh, each.name_en, each.kind) for each in page.organisations]
                token = page.next_page_token
                if not token:
                    return found
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)

    async def contacts_at(self, organisation: str, post: str) -> list[Contact]:
        """Of everybody who holds the post there and has a number."""
        request = person_pb2.ListPersonsByPostRequest(organisation=organisation, post=post, page_size=_PAGE)
        try:
            page = await self._persons.ListPersonsByPost(request)
            return await self._contacts([person.person_id for person in page.persons])
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)

    async def representatives(self, holder_code: str) -> list[Contact]:
        """Of everybody who may act for the holder and has a number."""
        request = person_pb2.ListRepresentativesRequest(holder_code=holder_code)
        try:
            answer = await self._persons.ListRepresentatives(request)
            return await self._contacts([person.person_id for person in answer.persons])
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)

    async def close(self) -> None:
        await self._channel.close(None)

    async def _contacts(self, person_ids: list[str]) -> list[Contact]:
        found: list[Contact] = []
        for start in range(0, len(person_ids), _MOST_CONTACTS):
            request = person_pb2.GetContactsRequest(person_ids=person_ids[start : start + _MOST_CONTACTS])
            answer = await self._persons.GetContacts(request)
            found += [_contact(each) for each in answer.contacts if each.mobile_number]
        return found


def _contact(known: person_pb2.Contact) -> Contact:
    return Contact(known.person_id, known.mobile_number, "en" if known.language == "en" else "zh-Hans")
