"""Refuses a consent, by its holder or somebody who acts for them."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.decided_consents import decided


@dataclass(frozen=True, slots=True)
class RefuseConsent:
    request_id: UUID
    consent_id: UUID


async def refuse_consent(deps: Dependencies, actor: Actor, command: RefuseConsent) -> Consent:
    """Returns the refused consent; the same request id changes nothing again.

    Raises ConsentNotFound for who is not its holder, ConsentDecided, ConsentExpired, RequestIdReused.
    """
    return await decided(
        deps,
        actor,
        request_id=command.request_id,
        consent_id=command.consent_id,
        act="consent.refused",
        decide=lambda known: known.refused(clock.now(), clock.today()),
    )
