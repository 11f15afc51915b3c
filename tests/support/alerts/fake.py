"""alerts' NotificationService as a real gRPC server on the address that a service under test calls."""

from dataclasses import dataclass, field
from typing import Any

import grpc
from pingshan.alerts.v1 import notification_pb2, notification_pb2_grpc


@dataclass
class FakeAlerts(notification_pb2_grpc.NotificationServiceServicer):
    """Keeps what it is asked to send; `failures` decides by mobile number what becomes of it."""

    address: str
    sent: list[notification_pb2.SendNotificationRequest] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    server: Any = None

    async def start(self) -> "FakeAlerts":
        self.server = grpc.aio.server()
        notification_pb2_grpc.add_NotificationServiceServicer_to_server(self, self.server)
        self.server.add_insecure_port(self.address)
        await self.server.start()
        return self

    async def stop(self) -> None:
        await self.server.stop(0)

    async def SendNotification(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.request_id not in {known.request_id for known in self.sent}:
            self.sent.append(request)
        return notification_pb2.SendNotificationResponse(
            notification_id=request.request_id, state=notification_pb2.NOTIFICATION_STATE_QUEUED
        )

    async def GetNotification(self, request: Any, context: Any) -> Any:  # noqa: N802
        found = next(known for known in self.sent if known.request_id == request.notification_id)
        code = self.failures.get(found.mobile_number, "")
        delivered, failed = notification_pb2.NOTIFICATION_STATE_DELIVERED, notification_pb2.NOTIFICATION_STATE_FAILED
        return notification_pb2.GetNotificationResponse(
            notification_id=request.notification_id, state=failed if code else delivered, failure_code=code
        )

    def code(self, mobile: str) -> str:
        """The newest code sent to a number."""
        codes = [item.variables["code"] for item in self.sent if item.mobile_number == mobile and item.variables]
        return codes[-1]
