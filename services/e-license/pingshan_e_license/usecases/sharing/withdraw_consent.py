"""Withdraws a consent, by its holder or somebody who acts for them."""

from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.decided_consents import decided


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    request_id: UUID
    consent_id: UUID


async def withdraw_consent(deps: Dependencies, actor: Actor, command: WithdrawConsent) -> Consent:
    """Returns the consent, which from the commit on nobody can use; the same request id changes nothing again.

    Raises ConsentNotFound for who is not its holder, ConsentDecided unless it is granted, RequestIdReused.
    """
    return await decided(
        deps,
        actor,
        request_id=command.request_id,
        consent_id=command.consent_id,
        act="consent.withdrawn",
        decide=lambda known: known.withdrawn(clock.now()),
    )
