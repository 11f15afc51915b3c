"""REST routes of sharing: items, requests for data, statistics, and uses as their holders see them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pingshan_kit.http import PageSize, PageToken
from pydantic import BaseModel, Field

from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.domain.sharing.statistics import Figures, Statistics
from pingshan_e_license.domain.sharing.use import ReceiptedUse
from pingshan_e_license.entrypoints.rest import Body, Caller, RequestId
from pingshan_e_license.usecases.answers import GivenAnswer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_my_use import get_my_use
from pingshan_e_license.usecases.sharing.get_public_statistics import get_public_statistics
from pingshan_e_license.usecases.sharing.get_statistics import DAYS, get_statistics
from pingshan_e_license.usecases.sharing.get_use_proof import get_use_proof
from pingshan_e_license.usecases.sharing.list_my_uses import list_my_uses
from pingshan_e_license.usecases.sharing.list_sharing_items import list_sharing_items
from pingshan_e_license.usecases.sharing.request_data import RequestData, request_data


class PredicateDocument(BaseModel):
    name: str
    license_type: str
    expression: str
    parameters: dict[str, str | list[str]]


class SharingItemDocument(BaseModel):
    code: str
    name_zh: str
    name_en: str
    requester: str
    legal_basis: str
    basis_kind: str
    license_types: list[str]
    fields: list[str]
    predicates: list[PredicateDocument]
    daily_quota: int
    per_holder_limit: int
    retention_days: int
    sensitivity: int


class SharingItemList(BaseModel):
    sharing_items: list[SharingItemDocument]


class QuestionBody(Body):
    predicate: str
    parameters: dict[str, str] = Field(default_factory=dict)


class RequestDataBody(Body):
    item: str
    holder_code: str
    holder_code_type: str
    purpose: str
    fields: tuple[str, ...] = ()
    predicates: tuple[QuestionBody, ...] = ()
    license_types: tuple[str, ...] = ()
    consent_id: UUID | None = None


class SharedLicenseDocument(BaseModel):
    type: str
    fields: dict[str, Any]


class AnswerDocument(BaseModel):
    use_id: UUID
    licenses: list[SharedLicenseDocument]
    predicates: dict[str, bool]
    answer_time: datetime
    keep_until: date


class CountDocument(BaseModel):
    requester: str
    item: str
    outcome: str
    requests: int


class StatisticsDocument(BaseModel):
    first_day: date
    last_day: date
    counts: list[CountDocument]


class OverAskingDocument(BaseModel):
    requester: str
    over_asked: int


class PublicStatisticsDocument(BaseModel):
    first_day: date
    last_day: date
    over_asking: list[OverAskingDocument]


class UseDocument(BaseModel):
    """Is what the receipt commits to, word by word."""

    use_id: UUID
    number: int
    holder_code: str
    requester: str
    basis: str
    item: str
    types: list[str]
    purpose: str
    fields: list[str]
    predicates: dict[str, bool]
    result: str
    consent_id: UUID | None
    used_at: str


class UsePage(BaseModel):
    uses: list[UseDocument]
    numbers: dict[str, int]
    """Number of the newest use by holder code; uses are numbered from 1 without gaps."""
    next_page_token: str


class ReceiptDocument(BaseModel):
    receipt: str
    """JWS; its `commitment` is base64url of SHA-256 over salt, full stop and statement (sorted names, no spaces)."""
    salt: str
    statement: UseDocument


def _add_sharing(api: APIRouter, deps: Dependencies) -> None:
    @api.get("/sharing/items", operation_id="ListSharingItems")
    async def items() -> SharingItemList:
        found = await list_sharing_items(deps)
        return SharingItemList(sharing_items=[_item_document(each) for each in found])

    @api.post("/sharing/requests", operation_id="RequestData")
    async def request(body: RequestDataBody, actor: Caller, request_id: RequestId) -> AnswerDocument:
        questions = tuple(Question(each.predicate, each.parameters) for each in body.predicates)
        command = RequestData(
            request_id=request_id,
            item=body.item,
            holder_code=body.holder_code,
            holder_code_type=body.holder_code_type,
            purpose=body.purpose,
            asked=Asked(body.fields, questions, body.license_types),
            consent_id=body.consent_id,
        )
        return _answer_document(await request_data(deps, actor, command))

    @api.get("/sharing/statistics", operation_id="GetSharingStatistics")
    async def statistics(actor: Caller, days: Annotated[int, Query(ge=1, le=366)] = DAYS) -> StatisticsDocument:
        return _statistics_document(await get_statistics(deps, actor, days=days))

    @api.get("/sharing/over-asking")
    async def over_asking() -> PublicStatisticsDocument:
        found = await get_public_statistics(deps)
        counts = [_over_asking_document(each) for each in found.by_requester if each.over_asked]
        return PublicStatisticsDocument(first_day=found.first, last_day=found.last, over_asking=counts)


def _add_uses(api: APIRouter, deps: Dependencies) -> None:
    @api.get("/my/uses")
    async def uses(actor: Caller, page_size: PageSize = 0, page_token: PageToken = "") -> UsePage:
        mine = await list_my_uses(deps, actor, page_size=page_size, page_token=page_token)
        return UsePage(
            uses=[_use_document(each) for each in mine.page.items],
            numbers=dict(mine.numbers),
            next_page_token=mine.page.next_page_token,
        )

    @api.get("/my/uses/{use_id}/receipt")
    async def receipt(use_id: UUID, actor: Caller) -> ReceiptDocument:
        return receipt_document(await get_my_use(deps, actor, use_id=use_id))

    @api.get("/my/uses/{use_id}/proof")
    async def proof(use_id: UUID, actor: Caller) -> dict[str, Any]:
        return (await get_use_proof(deps, actor, use_id=use_id)).document()


def add_sharing(api: APIRouter, deps: Dependencies) -> None:
    _add_sharing(api, deps)
    _add_uses(api, deps)


def receipt_document(known: ReceiptedUse) -> ReceiptDocument:
    return ReceiptDocument(receipt=known.receipt, salt=known.salt, statement=_use_document(known))


def _use_document(known: ReceiptedUse) -> UseDocument:
    return UseDocument.model_validate(known.use.statement())


def _item_document(item: SharingItem) -> SharingItemDocument:
    predicates = [
        PredicateDocument(
            name=each.name,
            license_type=each.license_type,
            expression=each.expression,
            parameters=dict(each.parameters),
        )
        for each in item.predicates.values()
    ]
    return SharingItemDocument(
        code=item.code,
        name_zh=item.name_zh,
        name_en=item.name_en,
        requester=item.requester,
        legal_basis=item.legal_basis,
        basis_kind=item.basis_kind.value,
        license_types=list(item.license_types),
        fields=list(item.fields),
        predicates=predicates,
        daily_quota=item.daily_quota,
        per_holder_limit=item.per_holder_limit,
        retention_days=item.retention_days,
        sensitivity=item.sensitivity,
    )


def _answer_document(given: GivenAnswer) -> AnswerDocument:
    licences = [SharedLicenseDocument(type=each.type, fields=dict(each.fields)) for each in given.answer.licenses]
    return AnswerDocument(
        use_id=given.use_id,
        licenses=licences,
        predicates=dict(given.answer.predicates),
        answer_time=given.answered_at,
        keep_until=given.keep_until,
    )


def _statistics_document(found: Statistics) -> StatisticsDocument:
    counts = [
        CountDocument(requester=each.requester, item=each.item, outcome=each.outcome, requests=each.requests)
        for each in found.counted
    ]
    return StatisticsDocument(first_day=found.first, last_day=found.last, counts=counts)


def _over_asking_document(each: Figures) -> OverAskingDocument:
    return OverAskingDocument(requester=each.of, over_asked=each.over_asked)
