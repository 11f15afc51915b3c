"""Servicers of AlertService, for people and agencies' systems, and of NotificationService, for siblings."""

from typing import Any
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from pingshan.alerts.v1 import alert_pb2 as alert_messages
from pingshan.alerts.v1 import alert_pb2_grpc, notification_pb2_grpc
from pingshan.alerts.v1 import notification_pb2 as notification_messages
from pingshan_kit import rpc
from pingshan_kit.errors import InvalidRequest
from pingshan_values.actor import Actor
from pingshan_values.level import Level
from pingshan_values.position import Position

from pingshan_alerts.domain.alert import Alert, AlertState, Delivery, DeliveryState
from pingshan_alerts.domain.alert_request import AlertRequest
from pingshan_alerts.domain.notification import NotificationState
from pingshan_alerts.usecases.delivery.get_notification import get_notification
from pingshan_alerts.usecases.delivery.send_notification import SendNotification, send_notification
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.handling.acknowledge_alert import AcknowledgeAlert, acknowledge_alert
from pingshan_alerts.usecases.handling.get_alert import get_alert
from pingshan_alerts.usecases.handling.list_alerts import AlertFilter, list_alerts
from pingshan_alerts.usecases.intake.raise_alert import RaiseAlert, raise_alert

_LEVELS = {level: alert_messages.AlertLevel.Value(f"ALERT_LEVEL_{level.name}") for level in Level}
_STATES = {state: alert_messages.AlertState.Value(f"ALERT_STATE_{state.name}") for state in AlertState}
_PROGRESS = {
    state: notification_messages.NotificationState.Value(f"NOTIFICATION_STATE_{state.name}")
    for state in NotificationState
}
_Call = grpc.aio.ServicerContext[Any, Any]


class Alerts(alert_pb2_grpc.AlertServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def RaiseAlert(  # noqa: N802 - the name in the proto
        self, request: alert_messages.RaiseAlertRequest, _: _Call
    ) -> alert_messages.RaiseAlertResponse:
        command = RaiseAlert(_uuid("request_id", request.request_id), _alert_request(request))
        raised = await raise_alert(self._deps, rpc.actor(), command)
        return alert_messages.RaiseAlertResponse(alert=_alert(raised, []))

    async def AcknowledgeAlert(  # noqa: N802
        self, request: alert_messages.AcknowledgeAlertRequest, _: _Call
    ) -> alert_messages.AcknowledgeAlertResponse:
        actor = rpc.actor()
        command = AcknowledgeAlert(_uuid("request_id", request.request_id), request.alert_id, request.note)
        await acknowledge_alert(self._deps, actor, command)
        return alert_messages.AcknowledgeAlertResponse(alert=await self._read(actor, request.alert_id))

    async def GetAlert(  # noqa: N802
        self, request: alert_messages.GetAlertRequest, _: _Call
    ) -> alert_messages.GetAlertResponse:
        return alert_messages.GetAlertResponse(alert=await self._read(rpc.actor(), request.alert_id))

    async def ListAlerts(  # noqa: N802
        self, request: alert_messages.ListAlertsRequest, _: _Call
    ) -> alert_messages.ListAlertsResponse:
        states = {number: state for state, number in _STATES.items()}
        wanted = AlertFilter(states=[states[request.state]]) if request.state in states else AlertFilter()
        page = await list_alerts(
            self._deps,
            rpc.actor(),
            wanted=wanted,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return alert_messages.ListAlertsResponse(
            alerts=[_alert(alert, page.deliveries[alert.alert_id]) for alert in page.alerts],
            next_page_token=page.next_page_token,
        )

    async def _read(self, actor: Actor, alert_id: str) -> alert_messages.Alert:
        history = await get_alert(self._deps, actor, alert_id=alert_id)
        return _alert(history.alert, history.deliveries)


class Notifications(notification_pb2_grpc.NotificationServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def SendNotification(  # noqa: N802
        self, request: notification_messages.SendNotificationRequest, _: _Call
    ) -> notification_messages.SendNotificationResponse:
        actor = rpc.actor()
        command = SendNotification(
            request_id=_uuid("request_id", request.request_id),
            template_id=request.template_id,
            variables=dict(request.variables),
            mobile_number=request.mobile_number,
            language=request.language,
        )
        notification_id = await send_notification(self._deps, actor, command)
        progress = await get_notification(self._deps, actor, notification_id=notification_id)
        return notification_messages.SendNotificationResponse(
            notification_id=str(notification_id), state=_PROGRESS[progress.state]
        )

    async def GetNotification(  # noqa: N802
        self, request: notification_messages.GetNotificationRequest, _: _Call
    ) -> notification_messages.GetNotificationResponse:
        wanted = _uuid("notification_id", request.notification_id)
        progress = await get_notification(self._deps, rpc.actor(), notification_id=wanted)
        return notification_messages.GetNotificationResponse(
            notification_id=str(wanted), state=_PROGRESS[progress.state], failure_code=progress.failure_code
        )


def _uuid(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidRequest([(name, "应为 UUID", "This must be a UUID")]) from error


def _alert_request(request: alert_messages.RaiseAlertRequest) -> AlertRequest:
    levels = {number: level for level, number in _LEVELS.items()}
    level = levels.get(request.level)
    if level is None:
        raise InvalidRequest([("level", "请说明级别", "This is required")])
    return AlertRequest(
        kind=request.kind,
        title_zh=request.title_zh,
        title_en=request.title_en,
        level=level,
        owners=tuple(request.owners),
        street=request.street,
        position=_position(request.longitude, request.latitude),
        labels=dict(request.labels),
    )


def _position(longitude: float, latitude: float) -> Position | None:
    if longitude == latitude == 0:
        return None
    try:
        return Position(longitude, latitude)
    except ValueError as error:
        sentence = ("应为 WGS-84 经纬度", "This must be WGS-84 degrees")
        raise InvalidRequest([("longitude", *sentence)]) from error


def _alert(alert: Alert, deliveries: list[Delivery]) -> alert_messages.Alert:
    message = alert_messages.Alert(
        alert_id=alert.alert_id,
        kind=alert.kind,
        title_zh=alert.title_zh,
        title_en=alert.title_en,
        level=_LEVELS[alert.level],
        state=_STATES[alert.state],
        street=alert.street,
        longitude=alert.position.lon if alert.position else 0.0,
        latitude=alert.position.lat if alert.position else 0.0,
        owners=alert.owners,
        deliveries=[_delivery(delivery) for delivery in deliveries],
    )
    message.raise_time.FromDatetime(alert.raised_at)
    if alert.acknowledged_at:
        message.acknowledge_time.FromDatetime(alert.acknowledged_at)
    return message


def _delivery(delivery: Delivery) -> alert_messages.Delivery:
    updated = Timestamp()
    updated.FromDatetime(delivery.updated_at)
    state = DeliveryState(delivery.state).value
    return alert_messages.Delivery(
        organisation=delivery.organisation, channel=delivery.channel, state=state, update_time=updated
    )
