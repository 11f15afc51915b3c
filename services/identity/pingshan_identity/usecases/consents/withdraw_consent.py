"""Withdraws a consent; the third party's tokens are dead within seconds."""

from dataclasses import dataclass

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.store.consents import consents
from pingshan_identity.store.oauth import grants
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    client_id: str


async def withdraw_consent(deps: Dependencies, actor: Actor, command: WithdrawConsent) -> None:
    """Ends every grant of the client for the person; does nothing where there was no consent.

    Raises:
        PersonNotFound: nobody is signed in.
    """
    person_id, client_id = require_person(actor, PersonNotFound), command.client_id
    async with deps.database.begin() as tx:
        if not await consents.withdraw(tx, person_id, client_id, clock.now()):
            return
        details = {"client_id": client_id, "session_id": actor.session_id}
        await audit_log.append(tx, actor=actor, act=Act.CONSENT_WITHDRAWN, subject=actor.id, details=details)
        for grant in await grants.live_of_client(tx, client_id, person_id=person_id):
            await end_grant(tx, actor, grant, GrantEndReason.WITHDRAWN)
