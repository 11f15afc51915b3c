"""The workflow execution of one case, `case/<case id>`.

It drives the interpreter of `domain/cases/run.py`. An activity records every transition, in order, before anything that
follows from it is done.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pingshan_values.errors import DomainError

    from pingshan_workflow.domain.cases.case import (
        NOBODY,
        Account,
        CaseFile,
        CaseState,
        Decision,
        IssuedLicense,
        IssueLicense,
        LicenseCheck,
        Receipt,
        Recorded,
        RecordTransition,
        Transition,
        task_id,
    )
    from pingshan_workflow.domain.cases.execution import RESUMED_WORKFLOW, WORKFLOW
    from pingshan_workflow.domain.cases.resumption import Resumed, repeat, unanswered
    from pingshan_workflow.domain.cases.run import CaseRun
    from pingshan_workflow.domain.definitions.definition import definition_hash, read_definition
    from pingshan_workflow.domain.errors import AlreadyDecided, CaseNumberTaken

RETRIES = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
LICENSE_RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=5)
)
ATTEMPT = timedelta(seconds=20)
"""Time that one attempt of an activity may take."""


class _Execution:
    """What a case's execution does, wherever it begins."""

    def __init__(self, file: CaseFile) -> None:
        if definition_hash(file.definition) != file.definition_hash:
            raise ApplicationError("the definition is not the one that the hash pins", non_retryable=True)
        self._file = file
        self._run = CaseRun(file, read_definition(file.definition))
        self._transitions: list[Transition] = []
        self._pending_activities: dict[asyncio.Task[None], None] = {}
        self._broken: BaseException | None = None
        self._recorded = 0
        self._silence_at: dict[str, datetime] = {}

    async def _to_its_end(self) -> CaseState:
        await workflow.wait_condition(lambda: self._is_over() or self._broken is not None)
        if self._broken:
            raise self._broken
        for activity in self._pending_activities:
            activity.cancel()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._run.state

    @workflow.update
    async def submit(self, _request_id: str = "") -> Receipt:
        """Returns once the case is recorded; the filing itself is the workflow's input."""
        await workflow.wait_condition(lambda: self._recorded > 0)
        return Receipt(self._file.case_id, 1)

    @submit.validator
    def _is_of_this_request(self, _request_id: str = "") -> None:
        """Refuses a request that was given this case's number again; earlier versions sent none."""
        if _request_id not in {"", self._file.request_id}:
            raise _failure(CaseNumberTaken(case_id=self._file.case_id))

    @workflow.update
    async def decide(self, decision: Decision) -> Receipt:
        """Takes one verdict and returns once it is recorded; of two at once the first wins, the second is refused."""
        try:
            transition = self._run.decide(decision, workflow.now())
        except DomainError as error:
            raise _failure(error) from error
        await self._commit(transition)
        return Receipt(self._file.case_id, transition.number)

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        """Refuses also what comes when silence has accepted: while no worker ran, nobody noted that it had."""
        try:
            self._run.refuse_decision(decision)
            silence_at = self._silence_at.get(decision.node)
            if silence_at is not None and silence_at <= workflow.now():
                raise AlreadyDecided(task_id=task_id(self._file.case_id, decision.node), decided_by=NOBODY)
        except DomainError as error:
            raise _failure(error) from error

    @workflow.query
    def state(self) -> CaseState:
        return self._run.state

    @workflow.query
    def account(self, last: int) -> Account:
        """Returns what was recorded after the transition `last`, for a database that does not know of it any more."""
        missing = self._transitions[last : self._recorded]
        commands = (RecordTransition(each, self._file if each.number == 1 else None) for each in missing)
        return Account(self._recorded, tuple(commands))

    def _is_over(self) -> bool:
        return self._run.outcome is not None and self._recorded == self._run.number

    async def _commit(self, transition: Transition) -> None:
        """Records a transition after the one before it, then starts what follows.

        Runs inside the act that made the transition, so that its activities are part of that act's trace.
        """
        self._transitions.append(transition)
        await workflow.wait_condition(lambda: self._recorded == transition.number - 1)
        recorded = await workflow.execute_activity(
            "record_transition",
            RecordTransition(transition, self._file if transition.number == 1 else None),
            result_type=Recorded,
            start_to_close_timeout=ATTEMPT,
            retry_policy=RETRIES,
        )
        self._recorded = transition.number
        self._follow(transition, recorded)

    def _follow(self, transition: Transition, recorded: Recorded) -> None:
        for check in transition.checks:
            self._start(self._check(check))
        for order in transition.orders:
            self._start(self._issue(order))
        self._start_silences(recorded.silence_at)

    def _start_silences(self, silence_at: Mapping[str, datetime]) -> None:
        self._silence_at.update(silence_at)
        for node, at in silence_at.items():
            self._start(self._wait_for_silence(node, at))

    def _start(self, activity: Coroutine[Any, Any, None]) -> None:
        """Starts an activity without waiting; its final failure fails the case, the case's end cancels it."""
        task = asyncio.create_task(activity)
        self._pending_activities[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._pending_activities[task]
        if not task.cancelled() and task.exception():
            self._broken = task.exception()

    async def _check(self, check: LicenseCheck) -> None:
        passed = await workflow.execute_activity(
            "check_license", check, result_type=bool, start_to_close_timeout=ATTEMPT, retry_policy=LICENSE_RETRIES
        )
        transition = self._run.checked(check.node, workflow.now(), passed=passed)
        if transition:
            await self._commit(transition)

    async def _issue(self, order: IssueLicense) -> None:
        issued = await workflow.execute_activity(
            "issue_license",
            order,
            result_type=IssuedLicense,
            start_to_close_timeout=ATTEMPT,
            retry_policy=LICENSE_RETRIES,
        )
        await self._commit(self._run.issued(order.node, issued, workflow.now()))

    async def _wait_for_silence(self, node: str, at: datetime) -> None:
        await workflow.sleep(max(at - workflow.now(), timedelta()))
        transition = self._run.deem_accepted(node, workflow.now())
        if transition:
            await self._commit(transition)


@workflow.defn(name=WORKFLOW)
class CaseWorkflow(_Execution):
    @workflow.init
    def __init__(self, file: CaseFile) -> None:
        super().__init__(file)

    @workflow.run
    async def run(self, _file: CaseFile) -> CaseState:
        await self._commit(self._run.submit())
        return await self._to_its_end()


@workflow.defn(name=RESUMED_WORKFLOW)
class ResumedCaseWorkflow(_Execution):
    """Goes on from the record of a case whose execution was lost: a type of its own, since its input is another one."""

    @workflow.init
    def __init__(self, resumed: Resumed) -> None:
        super().__init__(resumed.file)
        for recorded in resumed.transitions:
            self._transitions.append(repeat(self._run, recorded))
        self._recorded = len(self._transitions)

    @workflow.run
    async def run(self, resumed: Resumed) -> CaseState:
        """Does what follows from the record and has no answer in it: each such act may be done again."""
        checks, orders = unanswered(self._transitions)
        for check in checks:
            self._start(self._check(check))
        for order in orders:
            self._start(self._issue(order))
        self._start_silences(resumed.silence_at)
        return await self._to_its_end()


def _failure(error: DomainError) -> ApplicationError:
    """Returns a refusal as Temporal carries it: the class by name, its arguments as details."""
    return ApplicationError(str(error), error.params, type=type(error).__name__, non_retryable=True)
