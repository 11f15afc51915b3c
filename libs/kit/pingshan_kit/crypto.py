"""Personal data at rest: AES-256-GCM bound to its place, and keyed indexes for looking it up.

The ciphers are cryptography's. Own is the blob around them: its Fernet binds nothing to a place, so that a value could
be moved to another row, and the encrypted column types of SQLAlchemy's extensions know neither place nor key id.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pingshan_kit.settings import ServiceSettings

KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class UnknownKeyError(Exception):
    """The data was encrypted with a key that this service does not have."""


class PersonalData:
    """Encrypts fields with the newest key and decrypts with any; a blob is key id (4) ‖ nonce (12) ‖ ciphertext."""

    def __init__(self, data_keys: Sequence[bytes], index_key: bytes) -> None:
        """Takes 32 random bytes per key, the newest data key first.

        The index key is apart from them: a new data key changes no index.
        """
        self._ciphers = {_key_id(key): AESGCM(_derive(key, b"pingshan personal data")) for key in data_keys}
        self.newest_key_id = _key_id(data_keys[0])
        """Key id with which every new blob begins."""
        self.older_key_ids = tuple(key_id for key_id in self._ciphers if key_id != self.newest_key_id)
        """Key ids of the blobs that wait for re-encryption."""
        self._index_key = index_key

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "PersonalData":
        """Reads the secrets `data_key` (one key per line, 64 hexadecimal digits, the newest first) and `index_key`.

        Raises MissingSecret, ValueError where a key is not hexadecimal.
        """
        data_keys = [bytes.fromhex(line) for line in settings.secret("data_key").split()]
        return cls(data_keys, settings.key("index_key"))

    def encrypt(self, text: str, *, table: str, column: str, row: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.newest_key_id].encrypt(nonce, text.encode(), _place(table, column, row))
        return self.newest_key_id + nonce + sealed

    def decrypt(self, blob: bytes, *, table: str, column: str, row: str) -> str:
        """Returns the text. Raises UnknownKeyError, cryptography's InvalidTag where the blob was changed or moved."""
        key_id, nonce = blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKeyError(key_id.hex())
        return cipher.decrypt(nonce, blob[KEY_ID_BYTES + _NONCE_BYTES :], _place(table, column, row)).decode()

    def index(self, text: str) -> bytes:
        """Returns HMAC-SHA-256 (32 bytes), equal for equal texts; the caller normalises the text first."""
        return hmac.digest(self._index_key, text.encode(), "sha256")


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"pingshan key id" + key).digest()[:KEY_ID_BYTES]


def _place(table: str, column: str, row: str) -> bytes:
    """Returns the place with each part prefixed by its length, so that no two places look alike."""
    return b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in (table, column, row))
