"""Lists the public keys that verify credentials, for everybody."""

from typing import Any

from pingshan_e_license.usecases.dependencies import Dependencies


async def list_issuer_keys(deps: Dependencies) -> dict[str, Any]:
    """Returns a JWK Set (RFC 7517)."""
    return deps.signer.public_keys()
