"""Check the proof of possession that came with a request (RFC 9449)."""

from datetime import UTC, datetime
from hashlib import sha256

from pingshan_kit.storage.database import Database
from pingshan_kit.trust import dpop
from pingshan_kit.trust.jose import TokenRefused

from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.oauth import dpop_proofs


async def check_dpop_proof(
    database: Database, *, proof: str, method: str, url: str, access_token: str | None = None
) -> str:
    """The thumbprint of the key; each proof counts once, at whichever process.

    Raises:
        OAuthError: `invalid_dpop_proof`.

    """
    try:
        checked = dpop.check(proof, method=method, url=url, access_token=access_token)
    except TokenRefused as error:
        raise OAuthError("invalid_dpop_proof", f"the DPoP proof is refused: {error.params['why']}") from error
    async with database.begin() as tx:
        jti_hash = sha256(checked.jti.encode()).digest()
        if not await dpop_proofs.note(tx, checked.jkt, jti_hash, datetime.fromtimestamp(checked.expires_at, UTC)):
            raise OAuthError("invalid_dpop_proof", "the DPoP proof was used before (jti)")
    return checked.jkt
