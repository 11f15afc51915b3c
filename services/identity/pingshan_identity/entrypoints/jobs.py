"""Jobs that act outside, and periodic work."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pingshan_kit.jobs import Job, JobHandler, Periodic
from pingshan_values.actor import Actor, ActorKind

from pingshan_identity.domain.sessions.session_filter import SessionFilter
from pingshan_identity.usecases.audit.verify_records import verify_records
from pingshan_identity.usecases.clients.try_sign_out import TrySignOut, try_sign_out
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.imports.apply_import import ApplyImport, apply_import
from pingshan_identity.usecases.job_kinds import (
    APPLY_IMPORT,
    DELIVER_LOGOUT,
    DELIVER_LOGOUT_TO_REGISTERED,
    END_EVERYBODYS_SESSIONS,
    SEND_SMS_CODE,
    TELL_OF_RESET,
    TRY_SIGN_OUT,
    ImportToApply,
    PersonToTell,
    SealedCode,
    SessionsToEnd,
    SystemToTell,
    SystemToTry,
)
from pingshan_identity.usecases.keys.rotate_keys import rotate_keys
from pingshan_identity.usecases.oauth.forget_refresh_answers import forget_refresh_answers
from pingshan_identity.usecases.people.apply_due_changes import apply_due_changes
from pingshan_identity.usecases.people.tell_of_reset import TellOfReset, tell_of_reset
from pingshan_identity.usecases.representations.end_expired_representations import end_expired_representations
from pingshan_identity.usecases.sessions.end_everybodys_sessions import EndEverybodysSessions, end_everybodys_sessions
from pingshan_identity.usecases.sessions.end_expired_sessions import end_expired_sessions
from pingshan_identity.usecases.sign_in.deliver_sms_code import DeliverSmsCode, deliver_sms_code
from pingshan_identity.usecases.sign_out.complete_sign_outs import complete_sign_outs
from pingshan_identity.usecases.sign_out.deliver_logout import DeliverLogout, deliver_logout

_ITSELF = Actor(kind=ActorKind.SERVICE, service="identity")


def handlers(deps: Dependencies) -> Sequence[JobHandler[Any]]:
    async def send_code(job: Job[SealedCode]) -> None:
        await deliver_sms_code(deps, DeliverSmsCode(UUID(job.key), job.payload.sealed))

    async def tell_person(job: Job[PersonToTell]) -> None:
        await tell_of_reset(deps, TellOfReset(UUID(job.key), job.payload.person_id))

    async def tell_system(job: Job[SystemToTell]) -> None:
        command = DeliverLogout(job.payload.sign_out_id, job.payload.client_id, job.attempt)
        await deliver_logout(deps, _ITSELF, command)

    async def try_system(job: Job[SystemToTry]) -> None:
        test_id = job.payload.test_id or UUID(job.key)
        await try_sign_out(deps, TrySignOut(test_id=test_id, client_id=job.payload.client_id))

    async def apply(job: Job[ImportToApply]) -> None:
        who = Actor(kind=ActorKind.PERSON, person_id=job.payload.person_id)
        await apply_import(deps, who, ApplyImport(job.payload.import_id))

    async def end_everybodys(job: Job[SessionsToEnd]) -> None:
        wanted = SessionFilter(organisation=job.payload.organisation, client_id=job.payload.client_id)
        await end_everybodys_sessions(deps, _ITSELF, EndEverybodysSessions(wanted, job.payload.moment))

    return (
        JobHandler(APPLY_IMPORT, apply),
        JobHandler(END_EVERYBODYS_SESSIONS, end_everybodys),
        JobHandler(SEND_SMS_CODE, send_code),
        JobHandler(TELL_OF_RESET, tell_person),
        JobHandler(TRY_SIGN_OUT, try_system),
        JobHandler(DELIVER_LOGOUT, tell_system),
        JobHandler(DELIVER_LOGOUT_TO_REGISTERED, tell_system),
    )


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    async def due() -> None:
        await apply_due_changes(deps, _ITSELF)

    async def verify() -> None:
        await verify_records(deps, _ITSELF)

    async def complete() -> None:
        await complete_sign_outs(deps, _ITSELF)

    async def end_expired() -> None:
        await end_expired_sessions(deps, _ITSELF)

    async def end_representations() -> None:
        await end_expired_representations(deps, _ITSELF)

    async def forget() -> None:
        await forget_refresh_answers(deps)

    async def rotate() -> None:
        await rotate_keys(deps, _ITSELF)

    return (
        Periodic("apply-due-changes", timedelta(minutes=10), due),
        Periodic("verify-records", timedelta(days=7), verify),
        Periodic("complete-sign-outs", timedelta(seconds=20), complete),
        Periodic("end-expired-sessions", timedelta(minutes=1), end_expired),
        Periodic("end-expired-representations", timedelta(minutes=10), end_representations),
        Periodic("forget-refresh-answers", timedelta(seconds=5), forget),
        Periodic("rotate-keys", timedelta(hours=1), rotate),
    )
