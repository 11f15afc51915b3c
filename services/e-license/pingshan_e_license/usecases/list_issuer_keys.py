"""The public keys that verify credentials, open to all."""

from typing import Any

from pingshan_values.actor import Actor

from pingshan_e_license.clients.signer import Signer


async def list_issuer_keys(_actor: Actor, signer: Signer) -> dict[str, Any]:
    """A JWK Set (RFC 7517)."""
    return signer.public_keys()
