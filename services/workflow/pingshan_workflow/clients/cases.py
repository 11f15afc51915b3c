"""Starts the workflow executions of cases in Temporal, sends them decisions, and translates refusals."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from pingshan_kit.away import is_away
from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_values.errors import DomainError
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from pingshan_workflow.clients.payloads import data_converter
from pingshan_workflow.clients.tracing import ActTracing
from pingshan_workflow.domain import errors
from pingshan_workflow.domain.cases.case import Account, CaseFile, Decision, Receipt
from pingshan_workflow.domain.cases.execution import QUEUE, RESUMED_WORKFLOW, WORKFLOW, case_id_of, workflow_id
from pingshan_workflow.domain.cases.resumption import Resumed
from pingshan_workflow.settings import Settings

PATIENCE = 8.0
"""Seconds that a person waits for an answer before being asked to try again."""

R = TypeVar("R")
_ATTEMPTS = 3
_MARGIN = 1.0
"""Seconds by which Temporal's own client gives up earlier, so that nothing stays half awaited."""


class TemporalCases:
    """Calls the workflow executions of cases.

    Connects at the first call, so that pages work while Temporal is unreachable.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def connect(self) -> Client:
        """Returns a new client. Raises Unavailable where Temporal cannot be reached."""
        try:
            return await Client.connect(
                self._settings.temporal_address,
                namespace=self._settings.temporal_namespace,
                data_converter=data_converter(self._settings.secret("temporal_key")),
                interceptors=[ActTracing()],
            )
        except RuntimeError as error:  # the SDK has no class of its own for it
            raise Unavailable(part="temporal") from error

    async def submit(self, file: CaseFile) -> Receipt:
        """Starts the case, or finds it started by the same request, and returns once it is recorded.

        Raises CaseNumberTaken where the number is another request's case, or that of one which has ended;
        NotConfirmed without an answer.
        """

        async def call() -> Receipt:
            client = await self._connected()
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
                    file.request_id,
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
        except WorkflowAlreadyStartedError as error:
            raise errors.CaseNumberTaken(case_id=file.case_id) from error

    async def decide(self, case_id: str, decision: Decision) -> Receipt:
        """Sends the decision and returns once it is recorded; the same request id returns the first answer.

        Raises TaskNotFound, NotAssignee, AlreadyDecided, TaskNotOpen, ReasonRequired and CaseClosed as the case
        refuses, NotConfirmed without an answer.
        """

        async def call() -> Receipt:
            handle = (await self._connected()).get_workflow_handle(workflow_id(case_id))
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
            raise

    async def account(self, case_id: str, last: int) -> Account | None:
        """Returns what the case's execution recorded after the transition `last`, None where there is no execution.

        Raises NotConfirmed without an answer.
        """

        async def call() -> Account | None:
            handle = (await self._connected()).get_workflow_handle(workflow_id(case_id))
            patience = timedelta(seconds=PATIENCE)
            try:
                status = (await handle.describe(rpc_timeout=patience)).status
                found: Account = await handle.query("account", last, result_type=Account, rpc_timeout=patience)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                raise
            return replace(found, is_over=status is not WorkflowExecutionStatus.RUNNING)

        return await _confirmed(call)

    async def resume(self, resumed: Resumed) -> None:
        """Starts an execution that goes on from the record. Raises NotResumable where one runs; NotConfirmed."""

        async def call() -> None:
            await (await self._connected()).start_workflow(
                RESUMED_WORKFLOW,
                resumed,
                id=workflow_id(resumed.file.case_id),
                task_queue=QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=timedelta(seconds=PATIENCE),
            )

        try:
            await _confirmed(call)
        except WorkflowAlreadyStartedError as error:
            raise errors.NotResumable(case_id=resumed.file.case_id) from error

    async def case_ids(self) -> AsyncIterator[str]:
        """Yields the id of each case that Temporal still knows, running or over. Raises NotConfirmed without an answer.

        A case that began a moment ago may be missing: Temporal finds executions a little later than it starts them.
        """
        try:
            client = await self._connected()
            async for each in client.list_workflows(f"WorkflowType IN ('{WORKFLOW}', '{RESUMED_WORKFLOW}')"):
                yield case_id_of(each.id)
        except RPCError as error:
            raise errors.NotConfirmed(part="temporal") from error

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None:
                self._client = await self.connect()
            return self._client


async def _look_at(start: WithStartWorkflowOperation[Any, str]) -> None:
    """Reads the failure that Temporal's client also keeps for the handle; unread, it would be logged as an error."""
    with suppress(Exception):
        await asyncio.wait_for(start.workflow_handle(), 0.1)


async def _confirmed(call: Callable[[], Awaitable[R]]) -> R:
    """Repeats a call that Temporal aborted, which its update id makes safe. Raises NotConfirmed without an answer."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with asyncio.timeout(PATIENCE + _MARGIN):
                return await call()
        except WorkflowUpdateFailedError as error:
            raise_refusal(error)
        except Exception as error:
            status = _status(error)
            if status is RPCStatusCode.ABORTED and attempt < _ATTEMPTS:
                continue
            if not _leaves_open(error):
                raise
            log.warning("temporal.unanswered", error=type(error).__name__, status=status.name if status else "")
            raise errors.NotConfirmed(part="temporal") from error
    raise AssertionError("the loop returns or raises")


def _leaves_open(error: Exception) -> bool:
    """Returns True if the call may have been done or not: Temporal is unreachable, late, or failed without a reason."""
    failed = _status(error) in {RPCStatusCode.UNKNOWN, RPCStatusCode.INTERNAL}
    unanswered = isinstance(error, TimeoutError | WorkflowQueryFailedError)
    return failed or unanswered or is_away(error)


def _status(error: Exception) -> RPCStatusCode | None:
    return error.status if isinstance(error, RPCError) else None


def raise_refusal(error: WorkflowUpdateFailedError) -> NoReturn:
    """Raises the domain's refusal by the class name that the workflow sent, or `error` itself where there is none."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        kind = getattr(errors, cause.type or "", None)
        if isinstance(kind, type) and issubclass(kind, DomainError):
            params = cause.details[0] if cause.details else {}
            raise kind(**params) from error
    raise error
