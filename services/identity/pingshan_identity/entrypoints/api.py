"""The REST interface /v1: the same as the RPCs that people and agencies' systems may call."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pingshan_kit.auth import bearer
from pingshan_kit.errors import Forbidden
from pingshan_kit.http import PageSize, PageToken
from pingshan_values.actor import Actor
from pydantic import BaseModel, Field

from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.organisations.list_organisations import list_organisations
from pingshan_identity.usecases.people.get_person import get_person

Caller = Annotated[Actor, Depends(bearer())]


class OrganisationDocument(BaseModel):
    code: str
    name_zh: str
    name_en: str
    kind: str = Field(description="hall, street, agency or department")
    parent: str | None = Field(description="next step in the command structure")
    unified_social_credit_code: str | None = Field(description="GB 32100")
    licence_agency: bool


class OrganisationsDocument(BaseModel):
    organisations: list[OrganisationDocument]
    next_page_token: str = Field(description="empty on the last page")


class PersonDocument(BaseModel):
    person_id: UUID
    display_name: str
    realm: str = Field(description="staff or public")
    organisation: str | None
    posts: list[str]


def router(deps: Dependencies) -> APIRouter:
    api = APIRouter()

    @api.get("/organisations", operation_id="ListOrganisations", summary="Lists every organisation, ordered by code")
    async def organisations(
        _caller: Caller, page_size: PageSize = 0, page_token: PageToken = ""
    ) -> OrganisationsDocument:
        page = await list_organisations(deps, page_size=page_size, page_token=page_token)
        return OrganisationsDocument(
            organisations=[OrganisationDocument.model_validate(each, from_attributes=True) for each in page.items],
            next_page_token=page.next_page_token,
        )

    @api.get("/me", summary="The person of the access token")
    async def me(actor: Caller) -> PersonDocument:
        if actor.person_id is None:
            raise Forbidden
        person = await get_person(deps, person_id=UUID(actor.person_id))
        return PersonDocument(
            person_id=UUID(person.person_id),
            display_name=person.name,
            realm=person.realm,
            organisation=person.organisation,
            posts=list(person.posts),
        )

    return api
