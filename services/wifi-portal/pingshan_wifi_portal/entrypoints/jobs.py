"""Handles the jobs with outside effects, and those that run from time to time."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pingshan_kit.jobs import Job, JobHandler, Periodic

from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.job_kinds import (
    CHANGE_AUTHORISATION,
    DISCONNECT,
    NOTIFY_QUOTA_USED,
    SessionToTell,
    UsedQuota,
)
from pingshan_wifi_portal.usecases.quotas.notify_quota_used import NotifyQuotaUsed, notify_quota_used
from pingshan_wifi_portal.usecases.quotas.restore_rates import restore_rates
from pingshan_wifi_portal.usecases.radius.change_authorisation import ChangeAuthorisation, change_authorisation
from pingshan_wifi_portal.usecases.sessions.close_silent_sessions import close_silent_sessions
from pingshan_wifi_portal.usecases.sessions.disconnect_session import DisconnectSession, disconnect_session


def handlers(deps: Dependencies) -> Sequence[JobHandler[Any]]:
    return [
        JobHandler(CHANGE_AUTHORISATION, partial(_change_authorisation, deps)),
        JobHandler(DISCONNECT, partial(_disconnect, deps)),
        JobHandler(NOTIFY_QUOTA_USED, partial(_notify_quota_used, deps)),
    ]


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    return [
        Periodic("restore-rates", timedelta(minutes=1), partial(restore_rates, deps)),
        Periodic("close-silent-sessions", timedelta(minutes=1), partial(close_silent_sessions, deps)),
    ]


async def _change_authorisation(deps: Dependencies, job: Job[SessionToTell]) -> None:
    await change_authorisation(deps, ChangeAuthorisation(job.payload.session_id))


async def _disconnect(deps: Dependencies, job: Job[SessionToTell]) -> None:
    await disconnect_session(deps, DisconnectSession(job.payload.session_id))


async def _notify_quota_used(deps: Dependencies, job: Job[UsedQuota]) -> None:
    command = NotifyQuotaUsed(
        visitor_id=job.payload.visitor_id,
        day=job.payload.day,
        rate_kbps=job.payload.rate_kbps,
    )
    await notify_quota_used(deps, command)
