"""A software authenticator (WebAuthn Level 3, CTAP 2): what a browser would answer, and what an attacker might."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _BACKUP_ELIGIBLE, _ATTESTED = 0x01, 0x04, 0x08, 0x40


@dataclass
class Authenticator:
    """One key pair for one relying party."""

    origin: str
    rp_id: str = "localhost"
    synced: bool = False
    counter: int = 0
    """Of the next signature; raised by each, unless it starts as None."""
    counts: bool = True
    verifies: bool = True
    """The device checks its person (fingerprint, code)."""
    framed: dict[str, Any] = field(default_factory=dict)
    """What a browser says of the page around ours (`crossOrigin`, `topOrigin`)."""
    aaguid: bytes = bytes(16)
    attested_by: tuple[ec.EllipticCurvePrivateKey, tuple[bytes, ...]] | None = None
    """Attestation key and its certificates in DER; without certificates it attests itself."""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """`RegistrationResponseJSON` for the options of a registration."""
        self.user_handle = _bytes(options["user"]["id"])
        attested = self.aaguid + len(self.credential_id).to_bytes(2) + self.credential_id + self._public_key()
        data = self._data(_ATTESTED) + attested
        client_data = self._client_data("webauthn.create", options["challenge"])
        attestation = cbor2.dumps(self._statement(data + sha256(client_data).digest()) | {"authData": data})
        response = {
            "clientDataJSON": _text(client_data),
            "attestationObject": _text(attestation),
            "transports": ["internal"],
        }
        return self._answer(response)

    def get(self, options: dict[str, Any]) -> str:
        """`AuthenticationResponseJSON` for the options of a sign-in."""
        self.counter += self.counts
        data, client_data = self._data(), self._client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": _text(client_data),
            "authenticatorData": _text(data),
            "signature": _text(signature),
            "userHandle": _text(self.user_handle),
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> str:
        own = _text(self.credential_id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})

    def _statement(self, signed: bytes) -> dict[str, Any]:
        if self.attested_by is None:
            return {"fmt": "none", "attStmt": {}}
        key, certificates = self.attested_by
        statement = {"alg": -7, "sig": key.sign(signed, ec.ECDSA(SHA256()))}
        return {"fmt": "packed", "attStmt": statement | ({"x5c": list(certificates)} if certificates else {})}

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin} | self.framed).encode()

    def _data(self, more: int = 0) -> bytes:
        flags = _PRESENT | more | (_VERIFIED if self.verifies else 0) | (_BACKUP_ELIGIBLE if self.synced else 0)
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _public_key(self) -> bytes:
        """COSE_Key (RFC 9053 section 7.1.1)."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")
