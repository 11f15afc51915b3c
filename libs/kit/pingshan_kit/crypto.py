"""Personal data at rest: AES-256-GCM bound to its place, and keyed indexes for looking it up."""

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pingshan_kit.settings import ServiceSettings

_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class UnknownKeyError(Exception):
    """The data was encrypted with a key that this service does not have."""


class PersonalData:
    """Encrypts fields with the first key and decrypts with any; a blob is key id (4) ‖ nonce (12) ‖ ciphertext."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: 32 random bytes each, the current one first."""
        self._ciphers = {_key_id(key): AESGCM(_derive(key, b"pingshan personal data")) for key in keys}
        self._current = _key_id(keys[0])
        self._index_key = _derive(keys[0], b"pingshan personal data index")

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "PersonalData":
        """From the secret `data_key`: one key per line, 64 hex digits, the current one first."""
        return cls([bytes.fromhex(line) for line in settings.secret("data_key").split()])

    def encrypt(self, text: str, *, table: str, column: str, row: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), _place(table, column, row))
        return self._current + nonce + sealed

    def decrypt(self, blob: bytes, *, table: str, column: str, row: str) -> str:
        """Raises UnknownKeyError, or cryptography's InvalidTag where the blob was changed or moved."""
        key_id, nonce = blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKeyError(key_id.hex())
        return cipher.decrypt(nonce, blob[_KEY_ID_BYTES + _NONCE_BYTES :], _place(table, column, row)).decode()

    def index(self, text: str) -> bytes:
        """HMAC-SHA-256, 32 bytes: equal texts have equal indexes. Normalise the text first."""
        return hmac.digest(self._index_key, text.encode(), "sha256")


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"pingshan key id" + key).digest()[:_KEY_ID_BYTES]


def _place(table: str, column: str, row: str) -> bytes:
    """Length-prefixed, so that no two places look alike."""
    return b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in (table, column, row))
