"""Sends SMS through alerts, the only service that talks to a carrier."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import grpc
from pingshan.alerts.v1 import notification_pb2, notification_pb2_grpc
from pingshan_kit import rpc


class Progress(StrEnum):
    ON_ITS_WAY = "on-its-way"
    ARRIVED = "arrived"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notification:
    notification_id: str
    progress: Progress
    failure: str = ""
    """The carrier's own code where the SMS failed; else empty."""


class Notifications:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = notification_pb2_grpc.NotificationServiceStub(channel)

    async def send(
        self, *, request_id: UUID, template_id: str, variables: Mapping[str, str], mobile: str, language: str
    ) -> str:
        """Queues an SMS at alerts and returns the notification's id; the same request id returns the same one.

        Raises rpc.RemoteError where alerts refuses, Unavailable where it cannot be reached.
        """
        request = notification_pb2.SendNotificationRequest(
            request_id=str(request_id),
            template_id=template_id,
            variables=dict(variables),
            mobile_number=mobile,
            language=language,
        )
        try:
            answer = await self._stub.SendNotification(request)
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        return answer.notification_id

    async def get(self, notification_id: str) -> Notification:
        """Returns how far the SMS got. Raises rpc.RemoteError, Unavailable."""
        request = notification_pb2.GetNotificationRequest(notification_id=notification_id)
        try:
            answer = await self._stub.GetNotification(request)
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        return Notification(notification_id, _PROGRESS.get(answer.state, Progress.ON_ITS_WAY), answer.failure_code)


_PROGRESS = {
    notification_pb2.NOTIFICATION_STATE_DELIVERED: Progress.ARRIVED,
    notification_pb2.NOTIFICATION_STATE_FAILED: Progress.FAILED,
}
