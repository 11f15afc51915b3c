"""Signs checkpoints of the transparency log (Ed25519) by a key of its own.

Whoever keeps a checkpoint can prove what the log showed, also after issuers' keys were replaced.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pingshan_kit.settings import ServiceSettings
from pingshan_values.signed_note import Checkpoint, VerifierKey, signed

_SECRET = "log_key"  # noqa: S105 - the name of a file


class LogSigner:
    """Signs checkpoints; `key` is what verifiers know of it."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        """Takes the log's name: an address without its scheme, which stays the same for the life of the log."""
        self._key = key
        self.key = VerifierKey(origin, key.public_key().public_bytes_raw())

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "LogSigner":
        """Reads the secret `log_key`: 32 bytes as hexadecimal digits. Raises MissingSecret."""
        _, _, address = settings.public_url.partition("://")
        return cls(f"{address}/log", Ed25519PrivateKey.from_private_bytes(settings.key(_SECRET)))

    def sign(self, size: int, root: bytes) -> str:
        """Returns the checkpoint as a signed note."""
        return signed(Checkpoint(self.key.name, size, root), self.key, self._key.sign)


def is_signed_by(key: bytes, signature: bytes, message: bytes) -> bool:
    """Returns whether the Ed25519 public key made the signature."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
