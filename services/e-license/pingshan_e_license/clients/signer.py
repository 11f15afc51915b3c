"""Signs licences (ES256) and publishes the public key."""

import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pingshan_kit.settings import ServiceSettings
from pingshan_values.status_list import MEDIA_TYPE as STATUS_LIST

from pingshan_e_license.domain.credential import MEDIA_TYPE, Credential, Unsigned

_SECRET = "issuer_key.pem"  # noqa: S105 - the name of a file
_ALGORITHM = "ES256"


_COSE_SIGN1, _COSE_ALGORITHM, _COSE_KEY_ID, _COSE_ES256 = 18, 1, 4, -7
"""The tag, header parameters and algorithm of RFC 9052 and RFC 9053."""


class Signer:
    """Signs credentials and checks its own signatures; the `kid` is the key's JWK thumbprint (RFC 7638)."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self._kid = key.thumbprint()
        self._short_kid = self._kid[:11].encode()
        self._claims = lru_cache(maxsize=10_000)(self._read)

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Signer":
        return cls(ECKey.import_key(settings.secret(_SECRET)))

    def sign(self, unsigned: Unsigned) -> Credential:
        header = {"alg": _ALGORITHM, "typ": MEDIA_TYPE, "kid": self._kid}
        jwt = jws.serialize_compact(
            header, json.dumps(unsigned.claims, ensure_ascii=False), self._key, algorithms=[_ALGORITHM]
        )
        return Credential(jwt, unsigned.disclosures)

    def sign_status_list(self, claims: Mapping[str, Any]) -> str:
        """Returns a status list token (draft-ietf-oauth-status-list-21, section 5.1)."""
        header = {"alg": _ALGORITHM, "typ": STATUS_LIST, "kid": self._kid}
        return jws.serialize_compact(header, json.dumps(claims), self._key, algorithms=[_ALGORITHM])

    def claims(self, jwt: str) -> dict[str, Any] | None:
        """Returns the claims, or None where signature, `kid` or `typ` is wrong.

        The claims of the last 10,000 accepted texts are remembered, since neither texts nor key change.
        """
        try:
            return self._claims(jwt)
        except (JoseError, ValueError):
            return None

    def sign_offline(self, payload: bytes) -> bytes:
        """Returns a COSE_Sign1 (RFC 9052, ES256), the same for the same payload (RFC 6979).

        cwt and pycose sign with a random nonce only, by which no rendition would have the same octets twice.
        """
        protected = cbor2.dumps({_COSE_ALGORITHM: _COSE_ES256, _COSE_KEY_ID: self._short_kid}, canonical=True)
        curve = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        private = self._key.private_key
        if private is None:
            raise ValueError("only the public part of the key is there")
        r, s = decode_dss_signature(private.sign(_to_sign(protected, payload), curve))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return cbor2.dumps(cbor2.CBORTag(_COSE_SIGN1, [protected, {}, payload, signature]), canonical=True)

    def offline_payload(self, signed: bytes) -> bytes | None:
        """Returns the payload of a COSE_Sign1; None where form, algorithm, key or signature is wrong."""
        try:
            tagged = cbor2.loads(signed)
            protected, _, payload, signature = tagged.value
            header = cbor2.loads(protected)
            if tagged.tag != _COSE_SIGN1 or header[_COSE_ALGORITHM] != _COSE_ES256 or len(signature) != 64:
                return None
            if header[_COSE_KEY_ID] != self._short_kid:
                return None
            both = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            message = _to_sign(protected, payload)
            self._key.public_key.verify(encode_dss_signature(*both), message, ec.ECDSA(hashes.SHA256()))
        except (cbor2.CBORDecodeError, InvalidSignature, AttributeError, KeyError, TypeError, ValueError):
            return None
        return bytes(payload)

    def public_keys(self) -> dict[str, Any]:
        """Returns a JWK Set with the public key (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": _ALGORITHM}]}

    def _read(self, jwt: str) -> dict[str, Any]:
        signed = jws.deserialize_compact(jwt, self._key, algorithms=[_ALGORITHM])
        header = signed.headers()
        if header.get("typ") != MEDIA_TYPE or header.get("kid") != self._kid:
            raise ValueError("another type or key")
        claims: dict[str, Any] = json.loads(signed.payload)
        return claims


def _to_sign(protected: bytes, payload: bytes) -> bytes:
    """Returns the Sig_structure (RFC 9052 section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def new_salt() -> str:
    """Returns 128 random bits as base64url (RFC 9901)."""
    return secrets.token_urlsafe(16)
