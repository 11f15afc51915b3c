"""Names of the keys that sign events: whoever makes keys and whoever checks signatures agree on them."""

import hashlib


def key_id(service: str, public_key: bytes) -> str:
    """Returns `<service>.<16 hexadecimal digits of the SHA-256 of the raw Ed25519 public key>`."""
    return f"{service}.{hashlib.sha256(public_key).hexdigest()[:16]}"
