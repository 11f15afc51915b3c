"""Periodic work."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from pingshan_kit.jobs import Job, JobHandler, Periodic
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.usecases.deliver_sms_code import deliver_sms_code
from pingshan_identity.usecases.end_expired_sessions import end_expired_sessions
from pingshan_identity.usecases.forget_spent import forget_spent
from pingshan_identity.usecases.rotate_keys import rotate_keys
from pingshan_identity.usecases.sms_codes import SEND
from pingshan_identity.usecases.tools import Tools

_ITSELF = Actor(kind=ActorKind.SERVICE, service="identity")


def handlers(tools: Tools) -> Sequence[JobHandler]:
    async def send_code(job: Job) -> None:
        await deliver_sms_code(
            _ITSELF,
            tools.database,
            tools.personal,
            tools.notifications,
            challenge_id=UUID(job.key),
            payload=job.payload,
        )

    return (JobHandler(SEND, send_code, max_attempts=5),)


def periodic(tools: Tools) -> Sequence[Periodic]:
    async def end_expired() -> None:
        await end_expired_sessions(_ITSELF, tools.database)

    async def forget() -> None:
        await forget_spent(_ITSELF, tools.database)

    async def rotate() -> None:
        await rotate_keys(_ITSELF, tools.database, tools.personal)

    return (
        Periodic("end-expired-sessions", timedelta(minutes=1), end_expired),
        Periodic("forget-spent", timedelta(minutes=10), forget),
        Periodic("rotate-keys", timedelta(hours=1), rotate),
    )
