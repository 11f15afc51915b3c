"""Verifies a licence for anybody, without a sign-in: a minimal answer, and only so often."""

from dataclasses import dataclass, field
from math import ceil

from pingshan_kit import clock
from pingshan_values.actor import ANONYMOUS

from pingshan_e_license.domain.errors import PublicVerificationsUsedUp
from pingshan_e_license.domain.verification.conclusion import Verification
from pingshan_e_license.store.verification import public_budgets
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.deadline import in_time
from pingshan_e_license.usecases.verification.verify_license import answered


@dataclass(frozen=True, slots=True)
class VerifyPublicly:
    identifier: str
    address: str = field(repr=False)
    """What counts as one peer: an IPv4 address, or a /64 of IPv6."""


async def verify_publicly(deps: Dependencies, command: VerifyPublicly) -> Verification:
    """Returns the result; whoever shows it shows neither holder nor attributes, but result, state, type and agency.

    Raises PublicVerificationsUsedUp beyond what one address, or all together, may ask; VerificationUnanswered where the
    database does not answer in time.
    """
    return await in_time(_verify(deps, command))


async def _verify(deps: Dependencies, command: VerifyPublicly) -> Verification:
    await _spend(deps, command.address)
    return await answered(deps, ANONYMOUS, "license.verified_publicly", command.identifier, {})


async def _spend(deps: Dependencies, address: str) -> None:
    now = clock.now()
    async with deps.database.begin() as tx:
        until = await public_budgets.spend(tx, deps.personal, address, now)
    if until is not None:
        raise PublicVerificationsUsedUp(retry_after=max(1, ceil((until - now).total_seconds())))
