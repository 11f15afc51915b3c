"""Looks for what stands behind licences as they are kept: the signature, its key, and the decisions."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.logging import log
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.verification.conclusion import Evidence, StoredLicense, decided, examine_stored
from pingshan_e_license.store.life_cycle import transitions
from pingshan_e_license.usecases.dependencies import Dependencies

_TURN = 100
"""Signatures after which others have their turn: 10 ms, where none is remembered."""


async def evidence_of(deps: Dependencies, found: LicenseOfType, tx: AsyncConnection | None = None) -> Evidence:
    """Returns what the credential says and the key that signed it. Whoever has a transaction open gives it.

    Raises Unavailable.
    """
    credential = found.license.credential
    kid = deps.signer.kid(credential)
    key = None if kid is None else await deps.keys.of(kid, tx)
    content = None if key is None else deps.signer.content(credential, key)
    return Evidence(content, key)


async def evidence_by(deps: Dependencies, stored: Mapping[str, StoredLicense]) -> dict[str, Evidence]:
    """Returns the evidence of many licences under the same names, without keeping others from their turn."""
    await deps.keys.every()
    found: dict[str, Evidence] = {}
    for number, (name, each) in enumerate(stored.items()):
        found[name] = await evidence_of(deps, each.found)
        if number % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    return found


async def confirmed(tx: AsyncConnection, deps: Dependencies, found: Sequence[LicenseOfType]) -> list[LicenseOfType]:
    """Returns each licence with the standing that its decisions give it, and with `doubts` where it is not confirmed.

    A licence is doubted where its columns are not what its issuer signed, or do not follow from its decisions; whoever
    shows it shows that. Ask before anything of it is masked. Raises Unavailable.
    """
    if not found:
        return []
    at = clock.now()
    decisions = await transitions.decisions_of(tx, [each.license.license_id for each in found])
    stored = [StoredLicense(each, decisions.get(each.license.license_id, ())) for each in found]
    return [await _confirmed(tx, deps, each, at) for each in stored]


async def _confirmed(tx: AsyncConnection, deps: Dependencies, stored: StoredLicense, at: datetime) -> LicenseOfType:
    checks = examine_stored(stored, await evidence_of(deps, stored.found, tx), at=at)
    doubts = tuple(each.code for each in checks if not each.passed)
    if doubts:
        log_doubts(stored.found, doubts)
        return replace(stored.found, doubts=doubts)
    return decided(stored, at)


def log_doubts(found: LicenseOfType, codes: Sequence[str]) -> None:
    """Says in the log that a licence is not kept as it was signed and decided: somebody has to look into that."""
    log.error("license.doubted", license_id=str(found.license.license_id), failed=list(codes))
