"""Makes keys, signs licences with them, and reads what they signed.

`algorithm` stands in each key: ES256 (RFC 7518) is the one that is known here.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pingshan_kit.settings import MissingSecret, ServiceSettings
from pingshan_kit.trust import jose
from pingshan_kit.trust.jose import TokenRefused
from pingshan_values import strict_json
from pingshan_values.status_list import MEDIA_TYPE as STATUS_LIST

from pingshan_e_license.domain.credential import MEDIA_TYPE, Credential, Unsigned
from pingshan_e_license.domain.issuing.issuer_key import ES256, IssuerKey
from pingshan_e_license.domain.verification.signed_content import ContentRefused, SignedContent, signed_content

OLDER_KEY = "issuer_key.pem"
"""The secret that signed all licences before each agency had a key of its own; new installations have none."""
_CURVE = "P-256"
LONGEST_JWT = 65_536
"""Characters of a licence's signed part."""
_REMEMBERED = 10_000


_COSE_SIGN1, _COSE_ALGORITHM, _COSE_KEY_ID, _COSE_ES256 = 18, 1, 4, -7
"""The tag, header parameters and algorithm of RFC 9052 and RFC 9053."""


class Signer:
    """Signs credentials and checks signatures; it knows no keys, each is given to it."""

    def __init__(self) -> None:
        self._private = lru_cache(maxsize=256)(_private_key)
        self._content = lru_cache(maxsize=_REMEMBERED)(_content)
        self._kid = lru_cache(maxsize=_REMEMBERED)(_kid)

    def sign(self, unsigned: Unsigned, key: IssuerKey, private_jwk: str) -> Credential:
        """Returns the credential, whose header names the key by its `kid`."""
        jwt = jose.sign(unsigned.claims, self._private(key.kid, private_jwk), MEDIA_TYPE, key.algorithm)
        return Credential(jwt, unsigned.disclosures)

    def sign_status_list(self, claims: Mapping[str, Any], key: IssuerKey, private_jwk: str) -> str:
        """Returns a status list token (draft-ietf-oauth-status-list-21, section 5.1)."""
        return jose.sign(claims, self._private(key.kid, private_jwk), STATUS_LIST, key.algorithm)

    def kid(self, credential: Credential) -> str | None:
        """Returns which key the credential says it is signed with; None where it is no credential of ours."""
        return self._kid(credential.jwt)

    def content(self, credential: Credential, key: IssuerKey) -> SignedContent | None:
        """Returns what the credential says, all of it disclosed; None where its signature, `typ` or a disclosure is
        wrong, or its base64url not canonical.

        The last 10,000 are remembered, since neither a credential nor a key ever changes: its `kid` is its thumbprint.
        """
        try:
            return self._content(credential, _PublicKey(key.kid, key.algorithm, key.public_jwk))
        except (JoseError, TokenRefused, ContentRefused, ValueError):
            return None

    def sign_offline(self, payload: bytes, key: IssuerKey, private_jwk: str) -> bytes:
        """Returns a COSE_Sign1 (RFC 9052, ES256), the same for the same payload and key (RFC 6979).

        cwt and pycose sign with a random nonce only, by which no rendition would have the same octets twice.
        """
        protected = cbor2.dumps({_COSE_ALGORITHM: _COSE_ES256, _COSE_KEY_ID: _short(key.kid)}, canonical=True)
        curve = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        private = self._private(key.kid, private_jwk).private_key
        if private is None:
            raise ValueError("only the public part of the key is there")
        r, s = decode_dss_signature(private.sign(_to_sign(protected, payload), curve))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return cbor2.dumps(cbor2.CBORTag(_COSE_SIGN1, [protected, {}, payload, signature]), canonical=True)

    def offline_payload(self, signed: bytes, keys: Iterable[IssuerKey]) -> bytes | None:
        """Returns the payload of a COSE_Sign1 that one of the keys signed; None where anything of it is wrong."""
        try:
            tagged = cbor2.loads(signed)
            protected, _, payload, signature = tagged.value
            header = cbor2.loads(protected)
            if tagged.tag != _COSE_SIGN1 or header[_COSE_ALGORITHM] != _COSE_ES256 or len(signature) != 64:
                return None
            both = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            encoded, message = encode_dss_signature(*both), _to_sign(protected, payload)
            named = [each for each in keys if each.algorithm == ES256 and _short(each.kid) == header[_COSE_KEY_ID]]
            holds = any(_holds(each, encoded, message) for each in named)
        except (cbor2.CBORDecodeError, AttributeError, KeyError, TypeError, ValueError):
            return None
        return bytes(payload) if holds else None


def new_key() -> tuple[str, str, dict[str, Any]]:
    """Returns `kid`, private JWK as JSON and public JWK of a new P-256 key."""
    key = ECKey.generate_key(_CURVE)
    return key.thumbprint(), json.dumps(key.as_dict(private=True)), _public(key)


def older_key(settings: ServiceSettings) -> tuple[str, dict[str, Any]] | None:
    """Returns `kid` and public JWK of the key that all agencies shared before; None where there never was one."""
    try:
        key = ECKey.import_key(settings.secret(OLDER_KEY))
    except MissingSecret:
        return None
    return key.thumbprint(), _public(key)


def _short(kid: str) -> bytes:
    """Returns what a code has room for: the first 66 bits of the thumbprint."""
    return kid[:11].encode()


def _holds(key: IssuerKey, signature: bytes, message: bytes) -> bool:
    try:
        public = ECKey.import_key(dict(key.public_jwk)).public_key
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _to_sign(protected: bytes, payload: bytes) -> bytes:
    """Returns the Sig_structure (RFC 9052 section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def new_salt() -> str:
    """Returns 128 random bits as base64url (RFC 9901)."""
    return secrets.token_urlsafe(16)


def published(key: IssuerKey) -> dict[str, Any]:
    """Returns the public key as a JWK (RFC 7517)."""
    return {**key.public_jwk, "kid": key.kid, "use": "sig", "alg": key.algorithm}


@dataclass(frozen=True, slots=True)
class _PublicKey:
    """Is a key by its name: what it verifies is remembered, as its `kid` is its thumbprint, or verifies nothing."""

    kid: str
    algorithm: str
    jwk: Mapping[str, Any] = field(compare=False)


def _content(credential: Credential, by: _PublicKey) -> SignedContent:
    if _kid(credential.jwt) != by.kid:
        raise TokenRefused("kid")
    key = ECKey.import_key(dict(by.jwk))
    if key.thumbprint() != by.kid:
        raise TokenRefused("kid")
    claims = strict_json.loads(jose.payload(credential.jwt, key, by.algorithm))
    return signed_content(claims, credential.disclosures)


def _kid(jwt: str) -> str | None:
    try:
        return jose.key_id(jwt, frozenset({MEDIA_TYPE}), frozenset({ES256}), longest=LONGEST_JWT)
    except TokenRefused:
        return None


def _private_key(kid: str, private_jwk: str) -> ECKey:
    return ECKey.import_key(json.loads(private_jwk), {"kid": kid})


def _public(key: ECKey) -> dict[str, Any]:
    return {name: value for name, value in key.as_dict(private=False).items() if name in ("kty", "crv", "x", "y")}
