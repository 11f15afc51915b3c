"""Runs the Temporal worker with workflow and activities, in a process of its own (`serve --only worker,relay`)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from pingshan_workflow.domain.cases.case import IssuedLicense, IssueLicense, LicenseCheck, Recorded, RecordTransition
from pingshan_workflow.domain.cases.execution import QUEUE
from pingshan_workflow.usecases.cases.catch_up import CatchUp, catch_up
from pingshan_workflow.usecases.cases.check_license import check_license
from pingshan_workflow.usecases.cases.issue_license import issue_license
from pingshan_workflow.usecases.cases.record_transition import TransitionMissing, record_transition
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.workflows.case import CaseWorkflow, ResumedCaseWorkflow

_RETRY_SECONDS = 1.0
_STICKY = timedelta(seconds=2)
"""How long a case waits for the worker that knows it before another one takes it over (Temporal's default: 10 s)."""
_STALLED = timedelta(minutes=10)
"""Pause before a case is tried again that cannot be recorded because what comes before it cannot."""
_GRACE = timedelta(seconds=8)


class Activities:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(name="record_transition")
    async def record_transition(self, command: RecordTransition) -> Recorded:
        """Records it, after what an older copy of the database has lost; tries ever more seldom where that fails."""
        try:
            return await record_transition(self._deps, command)
        except TransitionMissing:
            await catch_up(self._deps, CatchUp(command.transition.case_id))
        try:
            return await record_transition(self._deps, command)
        except TransitionMissing as error:
            raise ApplicationError(str(error), type="TransitionMissing", next_retry_delay=_STALLED) from error

    @activity.defn(name="check_license")
    async def check_license(self, check: LicenseCheck) -> bool:
        return await check_license(self._deps, check=check)

    @activity.defn(name="issue_license")
    async def issue_license(self, command: IssueLicense) -> IssuedLicense:
        return await issue_license(self._deps, command)


def worker(client: Client, deps: Dependencies) -> Worker:
    activities = Activities(deps)
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[CaseWorkflow, ResumedCaseWorkflow],
        activities=[activities.record_transition, activities.check_license, activities.issue_license],
        sticky_queue_schedule_to_start_timeout=_STICKY,
        graceful_shutdown_timeout=_GRACE,
    )


async def run_worker(connect: Callable[[], Awaitable[Client]], deps: Dependencies) -> None:
    """Runs the worker until it is cancelled; while Temporal cannot be reached it waits, and catches up afterwards."""
    await worker(await _connected(connect), deps).run()


async def _connected(connect: Callable[[], Awaitable[Client]]) -> Client:
    while True:
        try:
            return await connect()
        except Unavailable as error:
            log.warning("temporal.away", reason=type(error.__cause__).__name__)
            await asyncio.sleep(_RETRY_SECONDS)
