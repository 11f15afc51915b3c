"""Decides whether a device is let in (RFC 8628 section 3.3)."""

from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock, telemetry
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import check_may_let_in
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import DeviceCodeUnknown
from pingshan_identity.domain.oauth.device_authorization import normalise
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import device_authorizations, grants
from pingshan_identity.store.people import persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorize_device import user_code_index
from pingshan_identity.usecases.oauth.consent import remember


@dataclass(frozen=True, slots=True)
class DecideDevice:
    typed: str = field(repr=False)
    """User code as the person typed it."""
    allow: bool


async def decide_device(deps: Dependencies, actor: Actor, command: DecideDevice) -> None:
    """Lets the device in, or refuses it; at its next poll it gets tokens with the session of who allowed it.

    Raises:
        DeviceCodeUnknown: it was decided, or has expired.
        SystemNotOpen: the person may not open the system.
        LevelTooLow: the system asks for a higher level than the person's sign-in has.
    """
    code, now = normalise(command.typed), clock.now()
    if code is None or actor.session_id is None:
        raise DeviceCodeUnknown
    index = user_code_index(deps.personal, code)
    async with deps.database.begin() as tx:
        found = await device_authorizations.by_user_code(tx, index, now)
        client = await clients.get(tx, found.client_id) if found is not None else None
        session = await sessions.get(tx, deps.personal, actor.session_id)
        if found is None or client is None or client.disabled or session is None or not session.is_usable(now):
            raise DeviceCodeUnknown
        grant_id = None
        if command.allow:
            await _check_may_let_in(tx, deps, client, session)
            if client.third_party:
                scopes = found.scope.split()
                await remember(tx, actor, person_id=session.person_id, client_id=client.client_id, scopes=scopes)
            grant_id = uuid7()
            await grants.add_grant(
                tx,
                grant_id=grant_id,
                session=session,
                client_id=client.client_id,
                scope=found.scope,
                claims=None,
                dpop_jkt=found.dpop_jkt,
                now=now,
            )
        if not await device_authorizations.decide(tx, index, now, grant_id=grant_id):
            raise DeviceCodeUnknown
        telemetry.mark(system_id=client.client_id, correlation_id=session.session_id)
        await audit_log.append(
            tx,
            actor=actor,
            act=Act.GRANT_ISSUED if command.allow else Act.GRANT_REFUSED,
            subject=actor.id,
            details={
                "client_id": client.client_id,
                "session_id": session.session_id,
                "reason": "device" if command.allow else "refused-by-person",
            },
        )


async def _check_may_let_in(tx: AsyncConnection, deps: Dependencies, client: Client, session: Session) -> None:
    subject = await persons.subject(tx, deps.personal, session.person_id, client.client_id, clock.today())
    person, has_role = (subject.person, bool(subject.roles)) if subject is not None else (None, False)
    check_may_let_in(session, person, client, has_role=has_role)
