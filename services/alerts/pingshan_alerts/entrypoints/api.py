"""REST routes below /v1: alerts, detections, the carrier's receipts."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request
from pingshan_kit.auth import bearer
from pingshan_kit.clock import now
from pingshan_kit.errors import InvalidRequest, Unauthenticated
from pingshan_kit.http import PageSize, PageToken, idempotency_key
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from pingshan_values.position import Position
from pydantic import ValidationError

from pingshan_alerts.domain.alert import AlertState
from pingshan_alerts.domain.alert_request import AlertRequest
from pingshan_alerts.domain.standard_webhooks import verify
from pingshan_alerts.entrypoints.documents import (
    Accepted,
    AcknowledgeBody,
    AlertBody,
    AlertDocument,
    AlertList,
    Receipt,
)
from pingshan_alerts.usecases.delivery.record_receipt import RecordReceipt, record_receipt
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.acknowledge_alert import AcknowledgeAlert, acknowledge_alert
from pingshan_alerts.usecases.handling.get_alert import get_alert
from pingshan_alerts.usecases.handling.list_alerts import AlertFilter, list_alerts
from pingshan_alerts.usecases.handling.resolve_alert import ResolveAlert, resolve_alert
from pingshan_alerts.usecases.intake.raise_alert import RaiseAlert, raise_alert
from pingshan_alerts.usecases.intake.report_pole_detection import ReportPoleDetection, report_pole_detection
from pingshan_alerts.usecases.intake.report_video_detection import ReportVideoDetection, report_video_detection

Reader = Annotated[Actor, Depends(bearer("viewer", "duty-officer", "operator"))]
Officer = Annotated[Actor, Depends(bearer("duty-officer"))]
Raiser = Annotated[Actor, Depends(bearer("duty-officer", "detector"))]
Detector = Annotated[Actor, Depends(bearer("detector"))]
Code = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$")]
RequestId = Annotated[UUID, Depends(idempotency_key)]


def router(deps: Dependencies) -> APIRouter:
    api = APIRouter()
    _alerts(api, deps)
    _detections(api, deps)
    _receipts(api, deps)
    return api


def _alerts(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/alerts", operation_id="RaiseAlert", status_code=201)
    async def raise_one(actor: Raiser, request_id: RequestId, body: AlertBody) -> Accepted:
        """Raises an alert and stores it before the answer.

        The same `Idempotency-Key` gives the same answer; the same kind, labels, owners and street count as a report of
        the live alert.
        """
        position = Position(body.position.lon, body.position.lat) if body.position else None
        request = AlertRequest(
            kind=body.kind,
            title_zh=body.title_zh,
            title_en=body.title_en,
            level=body.level,
            owners=tuple(body.owners),
            street=body.street,
            position=position,
            labels=body.labels,
        )
        raised = await raise_alert(deps, actor, RaiseAlert(request_id, request))
        return Accepted(alert_id=raised.alert_id)

    @api.get("/alerts", operation_id="ListAlerts")
    async def list_some(
        actor: Reader,
        state: AlertState | None = None,
        level: Level | None = None,
        street: Code = "",
        organisation: Code = "",
        page_size: PageSize = 0,
        page_token: PageToken = "",
    ) -> AlertList:
        """Lists alerts, the newest first; `organisation` keeps those of which that organisation was notified."""
        states = [state] if state else list(AlertState)
        wanted = AlertFilter(states=states, organisation=organisation, street=street, level=level)
        page = await list_alerts(deps, actor, wanted=wanted, page_size=page_size, page_token=page_token)
        documents = [AlertDocument.of(alert, page.deliveries[alert.alert_id]) for alert in page.alerts]
        return AlertList(alerts=documents, next_page_token=page.next_page_token)

    @api.get("/alerts/{alert_id}", operation_id="GetAlert")
    async def get_one(actor: Reader, alert_id: str) -> AlertDocument:
        history = await get_alert(deps, actor, alert_id=alert_id)
        return AlertDocument.of(history.alert, history.deliveries)

    @api.post("/alerts/{alert_id}/acknowledge", operation_id="AcknowledgeAlert")
    async def acknowledge(actor: Officer, request_id: RequestId, alert_id: str, body: AcknowledgeBody) -> Accepted:
        await acknowledge_alert(deps, actor, AcknowledgeAlert(request_id, alert_id, body.note))
        return Accepted(alert_id=alert_id)

    @api.post("/alerts/{alert_id}/resolve")
    async def resolve(actor: Officer, request_id: RequestId, alert_id: str) -> Accepted:
        await resolve_alert(deps, actor, ResolveAlert(request_id, alert_id))
        return Accepted(alert_id=alert_id)


def _detections(api: APIRouter, deps: Dependencies) -> None:
    reference = deps.reference

    @api.post("/detections/video", status_code=202, openapi_extra=_body(reference.video.schema))
    async def video(actor: Detector, request_id: RequestId, payload: Annotated[Any, Body()]) -> Accepted:
        """Takes a report of a camera's analyser and stores it before the answer."""
        alert_id = await report_video_detection(deps, actor, ReportVideoDetection(request_id, payload))
        return Accepted(alert_id=alert_id)

    @api.post("/detections/pole", status_code=202, openapi_extra=_body(reference.pole.schema))
    async def pole(actor: Detector, request_id: RequestId, payload: Annotated[Any, Body()]) -> Accepted:
        """Takes a light pole's report and stores it before the answer."""
        alert_id = await report_pole_detection(deps, actor, ReportPoleDetection(request_id, payload))
        return Accepted(alert_id=alert_id)


def _receipts(api: APIRouter, deps: Dependencies) -> None:
    key = deps.settings.secret("sms_receipt_key").encode()

    @api.post("/carrier-receipts", openapi_extra=_body(Receipt.model_json_schema()))
    async def receive(request: Request) -> dict[str, bool]:
        """Takes the SMS carrier's receipt, signed as Standard Webhooks define. A repeated one changes nothing."""
        body = await request.body()
        if not verify(key, request.headers, body, now()):
            raise Unauthenticated
        try:
            receipt = Receipt.model_validate_json(body)
        except ValidationError as error:
            raise InvalidRequest([("body", "不是有效的回执", "This is not a receipt")]) from error
        delivered = receipt.state == "delivered"
        changed = await record_receipt(deps, RecordReceipt(receipt.reference, delivered, receipt.code))
        return {"changed": changed}


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": dict(schema)}}}}
