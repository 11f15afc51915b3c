"""Publishes the key that signs receipts of uses."""

from typing import Any

from pingshan_e_license.usecases.dependencies import Dependencies


async def list_receipt_keys(deps: Dependencies) -> dict[str, Any]:
    """Returns a JWK Set (RFC 7517)."""
    return deps.receipt_signer.public_keys()
