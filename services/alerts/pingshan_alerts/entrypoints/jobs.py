"""Jobs: what follows an alert, and what is done from time to time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from pingshan_kit.jobs import Job, JobHandler, JobKind, Periodic

from pingshan_alerts.usecases.job_kinds import (
    DELIVER_SMS,
    DELIVER_WEBHOOK,
    DISPATCH_ALERT,
    ESCALATE_ALERT,
    NOTIFY_CASE_CLOSED,
    NOTIFY_LICENSE_ISSUED,
    RAISE_CONTROLLER_STOPPED,
    SEND_NOTIFICATION,
    DeliveryToMake,
)

Act = Callable[..., Awaitable[object]]
"""A use case with its dependencies filled in."""

_PLAIN: tuple[JobKind[Any], ...] = (
    DISPATCH_ALERT,
    DELIVER_SMS,
    ESCALATE_ALERT,
    SEND_NOTIFICATION,
    NOTIFY_LICENSE_ISSUED,
    NOTIFY_CASE_CLOSED,
    RAISE_CONTROLLER_STOPPED,
)


def handlers(acts: Mapping[JobKind[Any], Act]) -> list[JobHandler[Any]]:
    """`acts` by the kind of job; the payload's fields are their keyword arguments."""
    plain = [JobHandler(kind, _plain(acts[kind])) for kind in _PLAIN]
    return [*plain, JobHandler(DELIVER_WEBHOOK, _counted(acts[DELIVER_WEBHOOK]))]


def periodic(refresh_organisations: Act, erase_unsent: Act) -> list[Periodic]:
    return [
        Periodic("refresh-organisations", timedelta(minutes=1), _quiet(refresh_organisations)),
        Periodic("erase-unsent", timedelta(hours=1), _quiet(erase_unsent)),
    ]


def _plain(act: Act) -> Callable[[Job[Any]], Awaitable[None]]:
    async def handle(job: Job[Any]) -> None:
        await act(**dict(job.payload))

    return handle


def _counted(act: Act) -> Callable[[Job[DeliveryToMake]], Awaitable[None]]:
    async def handle(job: Job[DeliveryToMake]) -> None:
        await act(delivery_id=job.payload.delivery_id, last=job.is_last)

    return handle


def _quiet(act: Act) -> Callable[[], Awaitable[None]]:
    async def handle() -> None:
        await act()

    return handle
