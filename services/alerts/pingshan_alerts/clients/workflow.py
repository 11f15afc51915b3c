"""Calls of workflow."""

import grpc
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings


class Workflow:
    """Calls workflow; raises Unavailable where workflow cannot be reached, RemoteError where it refuses."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._channel = rpc.channel(settings, "workflow")
        self._cases = case_pb2_grpc.CaseServiceStub(self._channel)

    async def applicant_code(self, case_id: str) -> str:
        """Returns the unified social credit code or person number of the case's applicant."""
        try:
            answer = await self._cases.GetCase(case_pb2.GetCaseRequest(case_id=case_id))
        except grpc.aio.AioRpcError as error:
            rpc.raise_from(error)
        code: str = answer.case.applicant_code
        return code

    async def close(self) -> None:
        await self._channel.close(None)
