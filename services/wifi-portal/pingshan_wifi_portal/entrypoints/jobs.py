"""Outside effects and periodic work."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pingshan_kit.jobs import Job, JobHandler, Periodic

from pingshan_wifi_portal.usecases.change_authorisation import change_authorisation
from pingshan_wifi_portal.usecases.close_silent_sessions import close_silent_sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.disconnect_session import disconnect_session
from pingshan_wifi_portal.usecases.job_kinds import (
    CHANGE_AUTHORISATION,
    DISCONNECT,
    TELL_QUOTA_USED,
    SessionToTell,
    UsedQuota,
)
from pingshan_wifi_portal.usecases.restore_rates import restore_rates
from pingshan_wifi_portal.usecases.tell_quota_used import tell_quota_used


def handlers(given: Dependencies) -> Sequence[JobHandler[Any]]:
    return [
        JobHandler(CHANGE_AUTHORISATION, partial(_change_authorisation, given)),
        JobHandler(DISCONNECT, partial(_disconnect, given)),
        JobHandler(TELL_QUOTA_USED, partial(_tell_quota_used, given)),
    ]


def periodic(given: Dependencies) -> Sequence[Periodic]:
    return [
        Periodic("restore-rates", timedelta(minutes=1), partial(restore_rates, given.service, given.database)),
        Periodic(
            "close-silent-sessions", timedelta(minutes=1), partial(close_silent_sessions, given.service, given.database)
        ),
    ]


async def _change_authorisation(given: Dependencies, job: Job[SessionToTell]) -> None:
    session_id = job.payload.session_id
    await change_authorisation(given.service, given.database, given.personal, given.control, session_id=session_id)


async def _disconnect(given: Dependencies, job: Job[SessionToTell]) -> None:
    session_id = job.payload.session_id
    await disconnect_session(given.service, given.database, given.personal, given.control, session_id=session_id)


async def _tell_quota_used(given: Dependencies, job: Job[UsedQuota]) -> None:
    await tell_quota_used(
        given.service,
        given.database,
        given.personal,
        given.notifications,
        visitor_id=job.payload.visitor_id,
        day=job.payload.day,
        rate_kbps=job.payload.rate_kbps,
    )
