"""Attestation (WebAuthn section 6.5): which authenticators proved to be a model that counts as hardware.

The library `webauthn` checks the statement and its certificates; own code is what it leaves out: which models are
accepted, and that the certificate speaks for that very model (WebAuthn section 8.2.1).
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import (
    Certificate,
    ExtensionNotFound,
    ObjectIdentifier,
    UnrecognizedExtension,
    load_der_x509_certificate,
    load_pem_x509_certificate,
)
from webauthn.helpers import encode_cbor, parse_cbor
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AttestationFormat

AcceptedModels = Mapping[UUID, tuple[bytes, ...]]
"""Trust anchors, as certificates in PEM, by the AAGUID of the model."""
_MODEL = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
"""Extension id-fido-gen-ce-aaguid: the model that an attestation certificate speaks for."""
_OCTET_STRING = b"\x04\x10"


def accepted_models(file: Path | None) -> AcceptedModels:
    """Returns the models that a deployment accepts as hardware; none for None.

    Raises ValueError, LookupError, TypeError where the file is not such a list, and OSError where it cannot be read.
    """
    if file is None:
        return {}
    listed = json.loads(file.read_text("utf-8"))["authenticators"]
    accepted = {UUID(each["aaguid"]): tuple(text.encode() for text in each["certificates"]) for each in listed}
    for certificates in accepted.values():
        if not certificates:
            raise ValueError(f"{file} names a model without a certificate that vouches for it")
        for each in certificates:
            load_pem_x509_certificate(each)
    return accepted


def without_statement(attestation_object: bytes) -> bytes:
    """Returns the attestation object with the format `none`, for who checks all but the attestation."""
    content = parse_cbor(attestation_object)
    return encode_cbor({"fmt": "none", "attStmt": {}, "authData": content["authData"]})


def is_attested(
    attestation_object: bytes, aaguid: UUID, accepted: AcceptedModels, verify: Callable[..., object]
) -> bool:
    """Returns whether the attestation proves that the authenticator is an accepted model.

    It must be of the format `packed` with certificates: a self attestation proves nothing. `verify` checks the whole
    answer against given roots, and raises WebAuthnException.
    """
    anchors, content = accepted.get(aaguid), parse_cbor(attestation_object)
    statement = content.get("attStmt")
    if not anchors or content.get("fmt") != AttestationFormat.PACKED or not isinstance(statement, dict):
        return False
    try:
        leaf = load_der_x509_certificate(statement["x5c"][0])
        listed = any(_has_same_key(leaf, load_pem_x509_certificate(each)) for each in anchors)
        verify(pem_root_certs_bytes_by_fmt={} if listed else {AttestationFormat.PACKED: list(anchors)})
        return _speaks_for(leaf, aaguid)
    except (WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError):
        return False


def _has_same_key(leaf: Certificate, anchor: Certificate) -> bool:
    """Returns whether the anchor is no authority but the attestation key itself, as FIDO's metadata may list it."""
    return leaf.public_key() == anchor.public_key()


def _speaks_for(leaf: Certificate, aaguid: UUID) -> bool:
    try:
        extension = leaf.extensions.get_extension_for_oid(_MODEL).value
    except ExtensionNotFound:
        return True
    return isinstance(extension, UnrecognizedExtension) and extension.value == _OCTET_STRING + aaguid.bytes
