"""Checks the proof of possession that came with a request (RFC 9449)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from pingshan_kit.trust import dpop
from pingshan_kit.trust.jose import TokenRefused

from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import dpop_proofs
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CheckDpopProof:
    proof: str = field(repr=False)
    method: str
    url: str
    access_token: str | None = field(default=None, repr=False)


async def check_dpop_proof(deps: Dependencies, command: CheckDpopProof) -> str:
    """Returns the thumbprint of the proof's key; each proof counts once, whichever process sees it.

    Raises:
        OAuthError: `invalid_dpop_proof`.
    """
    try:
        checked = dpop.check(command.proof, method=command.method, url=command.url, access_token=command.access_token)
    except TokenRefused as error:
        raise OAuthError("invalid_dpop_proof", f"the DPoP proof is refused: {error.params['why']}") from error
    async with deps.database.begin() as tx:
        jti_hash = sha256(checked.jti.encode()).digest()
        if not await dpop_proofs.note(tx, checked.jkt, jti_hash, datetime.fromtimestamp(checked.expires_at, UTC)):
            raise OAuthError("invalid_dpop_proof", "the DPoP proof was used before (jti)")
    return checked.jkt
