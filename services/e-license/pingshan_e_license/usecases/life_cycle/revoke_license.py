"""Revokes a licence (吊销), which is final but for a restoration by decision."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_values.actor import Actor

from pingshan_e_license.domain.license import Act, LicenseOfType
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.decide_license import DecideLicense, decide_license


@dataclass(frozen=True, slots=True)
class RevokeLicense:
    request_id: UUID
    license_id: UUID
    reason: str = field(repr=False)
    legal_basis: str
    effective_at: datetime | None = None
    """None for now."""


async def revoke_license(deps: Dependencies, actor: Actor, command: RevokeLicense) -> LicenseOfType:
    """Returns the revoked licence as `shown_to` shows it; raises as `decide_license` does."""
    decision = DecideLicense(
        request_id=command.request_id,
        license_id=command.license_id,
        act=Act.REVOKE,
        reason=command.reason,
        legal_basis=command.legal_basis,
        effective_at=command.effective_at,
    )
    return await decide_license(deps, actor, decision)
