"""gRPC: questions of the other services about organisations, people, tokens and access."""

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from pingshan.identity.v1 import (
    access_pb2,
    access_pb2_grpc,
    organisation_pb2,
    organisation_pb2_grpc,
    person_pb2,
    person_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from pingshan_kit import rpc
from pingshan_kit.errors import InvalidRequest

from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.people.person import Person
from pingshan_identity.usecases.clients.check_access import check_access
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.exchange_for_client import ExchangeForClient, exchange_for_client
from pingshan_identity.usecases.oauth.introspect_for_service import introspect_for_service
from pingshan_identity.usecases.organisations.list_organisations import list_organisations
from pingshan_identity.usecases.people.get_contacts import get_contacts
from pingshan_identity.usecases.people.get_person import get_person
from pingshan_identity.usecases.people.list_persons_by_post import list_persons_by_post
from pingshan_identity.usecases.representations.list_representatives import list_representatives
from pingshan_identity.usecases.sessions.introspect_session import introspect_session

_MOST_CONTACTS = 500
Context = grpc.aio.ServicerContext[Any, Any]


class OrganisationServicer(organisation_pb2_grpc.OrganisationServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListOrganisations(  # noqa: N802 - the name in the contract
        self, request: organisation_pb2.ListOrganisationsRequest, _context: Context
    ) -> organisation_pb2.ListOrganisationsResponse:
        page = await list_organisations(self._deps, page_size=request.page_size, page_token=request.page_token)
        return organisation_pb2.ListOrganisationsResponse(
            organisations=[
                organisation_pb2.Organisation(
                    code=each.code,
                    name_zh=each.name_zh,
                    name_en=each.name_en,
                    kind=each.kind,
                    parent=each.parent or "",
                    unified_social_credit_code=each.unified_social_credit_code or "",
                    licence_agency=each.licence_agency,
                )
                for each in page.items
            ],
            next_page_token=page.next_page_token,
        )


class PersonServicer(person_pb2_grpc.PersonServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetPerson(  # noqa: N802
        self, request: person_pb2.GetPersonRequest, _context: Context
    ) -> person_pb2.GetPersonResponse:
        person = await get_person(self._deps, person_id=_uuid("person_id", request.person_id))
        return person_pb2.GetPersonResponse(person=_person(person))

    async def ListPersonsByPost(  # noqa: N802
        self, request: person_pb2.ListPersonsByPostRequest, _context: Context
    ) -> person_pb2.ListPersonsByPostResponse:
        page = await list_persons_by_post(
            self._deps,
            organisation=request.organisation,
            post=request.post,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return person_pb2.ListPersonsByPostResponse(
            persons=[_person(each) for each in page.items], next_page_token=page.next_page_token
        )

    async def ListRepresentatives(  # noqa: N802
        self, request: person_pb2.ListRepresentativesRequest, _context: Context
    ) -> person_pb2.ListRepresentativesResponse:
        if not request.holder_code:
            raise InvalidRequest([("holder_code", "必须填写", "This is required")])
        found = await list_representatives(self._deps, rpc.actor(), holder_code=request.holder_code)
        return person_pb2.ListRepresentativesResponse(persons=[_person(each) for each in found])

    async def GetContacts(  # noqa: N802
        self, request: person_pb2.GetContactsRequest, _context: Context
    ) -> person_pb2.GetContactsResponse:
        found = await get_contacts(self._deps, person_ids=_person_ids(request.person_ids))
        return person_pb2.GetContactsResponse(
            contacts=[
                person_pb2.Contact(person_id=each.person_id, mobile_number=each.mobile_number, language=each.language)
                for each in found
            ]
        )


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def IntrospectToken(  # noqa: N802
        self, request: token_pb2.IntrospectTokenRequest, _context: Context
    ) -> token_pb2.IntrospectTokenResponse:
        if request.token:
            return await self._about_token(request.token)
        active = await introspect_session(
            self._deps,
            session_id=request.session_id,
            grant_id=_uuid("grant_id", request.grant_id) if request.grant_id else None,
        )
        return token_pb2.IntrospectTokenResponse(active=active)

    async def _about_token(self, token: str) -> token_pb2.IntrospectTokenResponse:
        answer = await introspect_for_service(self._deps, rpc.actor(), token=token)
        if answer is None:
            return token_pb2.IntrospectTokenResponse(active=False)
        return token_pb2.IntrospectTokenResponse(
            active=True,
            subject=answer["sub"],
            session_id=answer.get("sid", ""),
            client_id=answer["client_id"],
            expires_at=Timestamp(seconds=answer["exp"]),
        )

    async def ExchangeToken(  # noqa: N802
        self, request: token_pb2.ExchangeTokenRequest, _context: Context
    ) -> token_pb2.ExchangeTokenResponse:
        command = ExchangeForClient(request.subject_token, request.audience, request.scope or None)
        try:
            answer = await exchange_for_client(self._deps, rpc.actor(), command)
        except OAuthError as error:
            sentence = error.description
            raise InvalidRequest([("subject_token", f"不能换取：{sentence}", sentence)]) from error
        return token_pb2.ExchangeTokenResponse(
            access_token=answer["access_token"],
            expires_at=Timestamp(seconds=int(time.time()) + answer["expires_in"]),
            scope=answer["scope"],
        )


class AccessServicer(access_pb2_grpc.AccessServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def CheckAccess(  # noqa: N802
        self, request: access_pb2.CheckAccessRequest, _context: Context
    ) -> access_pb2.CheckAccessResponse:
        denial = await check_access(
            self._deps,
            rpc.actor(),
            person_id=_uuid("person_id", request.person_id),
            audience=request.audience[:100],
            role=request.role[:100],
        )
        return access_pb2.CheckAccessResponse(allowed=denial is None, reason=denial.value if denial else "")


def servicers(deps: Dependencies) -> Sequence[Callable[[grpc.aio.Server], None]]:
    return (
        partial(organisation_pb2_grpc.add_OrganisationServiceServicer_to_server, OrganisationServicer(deps)),
        partial(person_pb2_grpc.add_PersonServiceServicer_to_server, PersonServicer(deps)),
        partial(token_pb2_grpc.add_TokenServiceServicer_to_server, TokenServicer(deps)),
        partial(access_pb2_grpc.add_AccessServiceServicer_to_server, AccessServicer(deps)),
    )


def _person(person: Person) -> person_pb2.Person:
    return person_pb2.Person(
        person_id=person.person_id,
        display_name=person.name,
        realm=person.realm.value,
        organisation=person.organisation or "",
        posts=person.posts,
    )


def _person_ids(asked: Collection[str]) -> set[UUID]:
    if not 1 <= len(asked) <= _MOST_CONTACTS:
        raise InvalidRequest([("person_ids", "应为 1 到 500 个", "There must be 1 to 500")])
    return {_uuid("person_ids", each) for each in asked}


def _uuid(field: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidRequest([(field, "应为 UUID", "This must be a UUID")]) from error
