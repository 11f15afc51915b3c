"""Workflow executions of cases in Temporal: start with the filing, send decisions, understand refusals."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from pingshan_kit.logging import log
from pingshan_values.errors import DomainError
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from pingshan_workflow.clients.payloads import data_converter
from pingshan_workflow.clients.tracing import ActTracing
from pingshan_workflow.domain import errors
from pingshan_workflow.domain.case import CaseFile, Decision, Receipt
from pingshan_workflow.domain.execution import QUEUE, WORKFLOW, workflow_id
from pingshan_workflow.settings import Settings

PATIENCE = 8.0
"""Seconds that a person waits for an answer before they are asked to try again."""

R = TypeVar("R")
_ATTEMPTS = 3
_MARGIN = 1.0
"""Temporal's own client gives up first, which leaves nothing half awaited."""


class TemporalCases:
    """Nothing is connected before the first call, so that pages come up while Temporal is away."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None

    async def connect(self, *, lazy: bool) -> Client:
        """Raises RuntimeError where Temporal is away and `lazy` is false."""
        return await Client.connect(
            self._settings.temporal_address,
            namespace=self._settings.temporal_namespace,
            data_converter=data_converter(self._settings.secret("temporal_key")),
            interceptors=[ActTracing()],
            lazy=lazy,
        )

    async def submit(self, file: CaseFile) -> Receipt:
        """Starts the case, or finds it started; returns once it is on record. Raises NotConfirmed."""
        client = await self._lazy_client()

        async def call() -> Receipt:
            start: WithStartWorkflowOperation[Any, str] = WithStartWorkflowOperation(
                WORKFLOW,
                file,
                id=workflow_id(file.case_id),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                result_type=str,
            )
            try:
                receipt: Receipt = await client.execute_update_with_start_workflow(
                    "submit",
                    start_workflow_operation=start,
                    id=file.request_id,
                    result_type=Receipt,
                    rpc_timeout=timedelta(seconds=PATIENCE),
                )
            except Exception:
                await _look_at(start)
                raise
            return receipt

        try:
            return await _confirmed(call)
        except WorkflowAlreadyStartedError:
            return Receipt(file.case_id, 1)

    async def decide(self, case_id: str, decision: Decision) -> Receipt:
        """Raises NotAssignee, AlreadyDecided, TaskNotOpen, ReasonRequired, CaseClosed, NotConfirmed."""
        client = await self._lazy_client()
        handle = client.get_workflow_handle(workflow_id(case_id))

        async def call() -> Receipt:
            receipt: Receipt = await handle.execute_update(
                "decide",
                decision,
                id=decision.request_id,
                result_type=Receipt,
                rpc_timeout=timedelta(seconds=PATIENCE),
            )
            return receipt

        try:
            return await _confirmed(call)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise errors.CaseClosed(case_id=case_id) from error
            raise errors.NotConfirmed from error

    async def _lazy_client(self) -> Client:
        if self._client is None:
            self._client = await self.connect(lazy=True)
        return self._client


async def _look_at(start: WithStartWorkflowOperation[Any, str]) -> None:
    """Temporal's client keeps the failure a second time for the handle; unread, it would be logged as an error."""
    with suppress(Exception):
        await asyncio.wait_for(start.workflow_handle(), 0.1)


async def _confirmed(call: Callable[[], Awaitable[R]]) -> R:
    """Repeats a call that Temporal aborted (the same update id makes that safe); NotConfirmed without an answer."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with asyncio.timeout(PATIENCE + _MARGIN):
                return await call()
        except WorkflowUpdateFailedError as error:
            raise_refusal(error)
        except RPCError as error:
            if error.status is RPCStatusCode.ABORTED and attempt < _ATTEMPTS:
                continue
            if error.status is RPCStatusCode.NOT_FOUND:
                raise
            log.warning("temporal.unanswered", status=error.status.name)
            raise errors.NotConfirmed from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError, RuntimeError) as error:
            log.warning("temporal.unanswered", reason=type(error).__name__)
            raise errors.NotConfirmed from error
    raise AssertionError("the loop returns or raises")


def raise_refusal(error: WorkflowUpdateFailedError) -> NoReturn:
    """The domain's own refusal, by the class name that the workflow sent."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        kind = getattr(errors, cause.type or "", None)
        if isinstance(kind, type) and issubclass(kind, DomainError):
            params = cause.details[0] if cause.details else {}
            raise kind(**params) from error
    raise error
