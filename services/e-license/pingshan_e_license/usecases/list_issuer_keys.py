"""The public keys that verify credentials, open to all."""

from typing import Any

from pingshan_e_license.usecases.dependencies import Dependencies


async def list_issuer_keys(deps: Dependencies) -> dict[str, Any]:
    """A JWK Set (RFC 7517)."""
    return deps.signer.public_keys()
