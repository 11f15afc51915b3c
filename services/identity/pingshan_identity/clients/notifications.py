"""The client of alerts, which alone sends SMS."""

from collections.abc import Mapping
from uuid import UUID

import grpc
from pingshan.alerts.v1 import notification_pb2, notification_pb2_grpc
from pingshan_kit import rpc


class Notifications:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = notification_pb2_grpc.NotificationServiceStub(channel)

    async def send(
        self, *, request_id: UUID, template_id: str, variables: Mapping[str, str], mobile: str, language: str
    ) -> str:
        """Sends an SMS and returns its notification id; the same `request_id` sends once. Raises rpc.RemoteError,
        Unavailable.
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
