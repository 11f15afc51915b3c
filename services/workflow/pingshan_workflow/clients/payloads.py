"""Encrypts Temporal payloads, which are pydantic's JSON, with AES-256-GCM; failures too."""

import dataclasses
import hashlib
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

ENCODING = b"binary/encrypted"
_NONCE_BYTES = 12


class UnknownKeyError(Exception):
    """Reports a payload that was encrypted with a key which this service does not have."""


class EncryptingCodec(PayloadCodec):
    """Encrypts with the first key and decrypts with any; a payload's data are nonce (12 bytes) and ciphertext."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Takes keys of 32 random bytes each, the current one first."""
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, payload.SerializeToString(), self._current)
        return Payload(metadata={"encoding": ENCODING, "key-id": self._current}, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata["key-id"]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKeyError(key_id.decode())
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        return Payload.FromString(cipher.decrypt(nonce, sealed, key_id))


def data_converter(secret: str) -> DataConverter:
    """Returns a converter with the keys of `secret`: 64 hexadecimal digits a line, the current key first."""
    codec = EncryptingCodec([bytes.fromhex(line) for line in secret.split()])
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"pingshan temporal key" + key).hexdigest()[:16].encode()
