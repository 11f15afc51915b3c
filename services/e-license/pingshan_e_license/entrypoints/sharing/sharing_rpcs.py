"""Servicer of SharingService."""

from typing import Any

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import sharing_pb2, sharing_pb2_grpc
from pingshan_kit import rpc

from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.entrypoints.inputs import uuid_of
from pingshan_e_license.usecases.answers import GivenAnswer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_statistics import DAYS, get_statistics
from pingshan_e_license.usecases.sharing.list_sharing_items import list_sharing_items
from pingshan_e_license.usecases.sharing.request_data import RequestData, request_data

_Context = grpc.aio.ServicerContext[Any, Any]


class Sharing(sharing_pb2_grpc.SharingServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListSharingItems(  # noqa: N802
        self, _request: sharing_pb2.ListSharingItemsRequest, _context: _Context
    ) -> sharing_pb2.ListSharingItemsResponse:
        items = await list_sharing_items(self._deps)
        return sharing_pb2.ListSharingItemsResponse(sharing_items=[_item_message(each) for each in items])

    async def RequestData(  # noqa: N802
        self, request: sharing_pb2.RequestDataRequest, _context: _Context
    ) -> sharing_pb2.RequestDataResponse:
        questions = [Question(each.predicate, dict(each.parameters)) for each in request.predicates]
        command = RequestData(
            request_id=uuid_of(request.request_id, "request_id"),
            item=request.item,
            holder_code=request.holder_code,
            holder_code_type=request.holder_code_type,
            purpose=request.purpose,
            asked=Asked(tuple(request.fields), tuple(questions), tuple(request.license_types)),
            consent_id=uuid_of(request.consent_id, "consent_id") if request.consent_id else None,
        )
        return _answer_message(await request_data(self._deps, rpc.actor(), command))

    async def GetSharingStatistics(  # noqa: N802
        self, request: sharing_pb2.GetSharingStatisticsRequest, _context: _Context
    ) -> sharing_pb2.GetSharingStatisticsResponse:
        found = await get_statistics(self._deps, rpc.actor(), days=request.days or DAYS)
        counts = [
            sharing_pb2.SharingCount(
                requester=each.requester, item=each.item, outcome=each.outcome, requests=each.requests
            )
            for each in found.counted
        ]
        return sharing_pb2.GetSharingStatisticsResponse(
            first_day=found.first.isoformat(), last_day=found.last.isoformat(), counts=counts
        )


def _item_message(item: SharingItem) -> sharing_pb2.SharingItem:
    return sharing_pb2.SharingItem(
        code=item.code,
        name_zh=item.name_zh,
        name_en=item.name_en,
        requester=item.requester,
        legal_basis=item.legal_basis,
        basis_kind=item.basis_kind.value,
        license_types=item.license_types,
        fields=item.fields,
        predicates=[
            sharing_pb2.SharingPredicate(
                name=each.name,
                license_type=each.license_type,
                expression=each.expression,
                parameters={
                    name: ",".join(kind) if isinstance(kind, list) else kind for name, kind in each.parameters.items()
                },
            )
            for each in item.predicates.values()
        ],
        daily_quota=item.daily_quota,
        per_holder_limit=item.per_holder_limit,
        retention_days=item.retention_days,
        sensitivity=item.sensitivity,
    )


def _answer_message(given: GivenAnswer) -> sharing_pb2.RequestDataResponse:
    message = sharing_pb2.RequestDataResponse(
        use_id=str(given.use_id),
        licenses=[
            sharing_pb2.SharedLicense(type=each.type, fields=ParseDict(dict(each.fields), Struct()))
            for each in given.answer.licenses
        ],
        predicates=given.answer.predicates,
        keep_until=given.keep_until.isoformat(),
    )
    message.answer_time.FromDatetime(given.answered_at)
    return message
