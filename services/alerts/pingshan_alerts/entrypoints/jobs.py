"""Jobs: what follows an alert, and what is done from time to time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from pingshan_kit.jobs import Job, JobHandler, Periodic

from pingshan_alerts.entrypoints.events import CASE_CLOSED, CONTROLLER_STOPPED, LICENSE_ISSUED
from pingshan_alerts.usecases.dispatch_alert import ESCALATE, SMS, WEBHOOK
from pingshan_alerts.usecases.send_notification import NOTIFY
from pingshan_alerts.usecases.tell import DISPATCH

Act = Callable[..., Awaitable[object]]
"""A use case with its dependencies filled in."""

WEBHOOK_ATTEMPTS = 12

_IDS = frozenset({"delivery_id", "notification_id", "event_id"})


def handlers(acts: Mapping[str, Act]) -> list[JobHandler]:
    """`acts` by the kind of job; the payload's fields are their keyword arguments."""
    kinds = (DISPATCH, SMS, ESCALATE, NOTIFY, LICENSE_ISSUED, CASE_CLOSED, CONTROLLER_STOPPED)
    plain = [JobHandler(kind, _plain(acts[kind])) for kind in kinds]
    return [*plain, JobHandler(WEBHOOK, _counted(acts[WEBHOOK]), max_attempts=WEBHOOK_ATTEMPTS)]


def periodic(refresh_organisations: Act, erase_unsent: Act) -> list[Periodic]:
    return [
        Periodic("refresh-organisations", timedelta(minutes=1), _quiet(refresh_organisations)),
        Periodic("erase-unsent", timedelta(hours=1), _quiet(erase_unsent)),
    ]


def _plain(act: Act) -> Callable[[Job], Awaitable[None]]:
    async def handle(job: Job) -> None:
        await act(**_arguments(job))

    return handle


def _counted(act: Act) -> Callable[[Job], Awaitable[None]]:
    async def handle(job: Job) -> None:
        await act(**_arguments(job), last=job.attempt >= WEBHOOK_ATTEMPTS)

    return handle


def _quiet(act: Act) -> Callable[[], Awaitable[None]]:
    async def handle() -> None:
        await act()

    return handle


def _arguments(job: Job) -> dict[str, Any]:
    return {name: UUID(value) if name in _IDS else value for name, value in job.payload.items()}
