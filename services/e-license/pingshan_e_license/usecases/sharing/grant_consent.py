"""Grants a consent, by its holder or somebody who acts for them."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.decided_consents import decided


@dataclass(frozen=True, slots=True)
class GrantConsent:
    request_id: UUID
    consent_id: UUID


async def grant_consent(deps: Dependencies, actor: Actor, command: GrantConsent) -> Consent:
    """Returns the granted consent; the same request id changes nothing again.

    Raises ConsentNotFound for who is not its holder, ConsentDecided, ConsentExpired, RequestIdReused.
    """
    return await decided(
        deps,
        actor,
        request_id=command.request_id,
        consent_id=command.consent_id,
        act="consent.granted",
        decide=lambda known: known.granted(clock.now(), clock.today()),
    )
