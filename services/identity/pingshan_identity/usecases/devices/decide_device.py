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
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.store.devices import device_authorizations
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.people import persons, public_persons
from pingshan_identity.store.sessions import sessions
from pingshan_identity.usecases.consents.shared import remember
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.devices.shared import user_code_index
from pingshan_identity.usecases.devices.user_codes import find_by_user_code


@dataclass(frozen=True, slots=True)
class DecideDevice:
    typed: str = field(repr=False)
    """User code as the person typed it."""
    allow: bool
    shown: str
    """Hash of what the page showed of the client, in hexadecimal (`domain/consents/consent.py`)."""
    address: str = field(repr=False)
    """Network address of who types it."""


async def decide_device(deps: Dependencies, actor: Actor, command: DecideDevice) -> None:
    """Lets the device in, or refuses it; at its next poll it gets tokens with the session of who allowed it.

    Raises:
        DeviceCodeUnknown: it was decided, or has expired.
        SystemNotOpen: the person may not open the system.
        LevelTooLow: the system asks for a higher level than the person's sign-in has.
        RealNameTooLow: the system asks for a proven name.
        ConsentOutdated: the client has changed since the page was shown.
        SignInThrottled: too many wrong codes of this person or from this network.
    """
    now = clock.now()
    if actor.session_id is None:
        raise DeviceCodeUnknown
    async with deps.database.begin() as tx:
        shown, blocked_until = await find_by_user_code(
            tx, deps.personal, actor, typed=command.typed, address=command.address
        )
    require_admitted(blocked_until, now)
    if shown is None:
        raise DeviceCodeUnknown
    client, found, index = shown.client, shown.authorization, user_code_index(deps.personal, shown.user_code)
    async with deps.database.begin() as tx:
        session = await sessions.get(tx, deps.personal, actor.session_id)
        if session is None or not session.is_usable(now):
            raise DeviceCodeUnknown
        grant_id = None
        if command.allow:
            await _check_may_let_in(tx, deps, client, session)
            if client.third_party:
                scopes = found.scope.split()
                person_id = session.person_id
                await remember(tx, actor, person_id=person_id, client=client, scopes=scopes, shown=command.shown)
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
    named = await public_persons.level_of(tx, session.person_id)
    check_may_let_in(session, person, client, has_role=has_role, real_name_level=named)
