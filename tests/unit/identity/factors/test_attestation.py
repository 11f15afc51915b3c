"""Which authenticators proved to be hardware that a deployment accepts."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pingshan_identity.clients.attestation import accepted_models
from pingshan_identity.clients.passkeys import Passkeys

from tests.support.identity.authenticator import Authenticator

URL = "http://localhost:18081"
MODEL, OTHER = UUID(int=7), UUID(int=8)
CHALLENGE = secrets.token_bytes(32)
EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: tuple[str, ec.EllipticCurvePrivateKey], model: UUID | None
) -> x509.Certificate:
    """An authority where no model is given."""
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer[0])]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=model is None, path_length=None), critical=True)
    )
    if model is not None:
        value = x509.UnrecognizedExtension(EXTENSION, b"\x04\x10" + model.bytes)
        made = made.add_extension(value, critical=False)
    return made.sign(issuer[1], SHA256())


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


ROOT_KEY, KEY, FOREIGN = new_key(), new_key(), new_key()
ROOT = certificate("root", ROOT_KEY, ("root", ROOT_KEY), None)
LEAF = certificate("leaf", KEY, ("root", ROOT_KEY), MODEL)
FORGED = certificate("leaf", FOREIGN, ("root", FOREIGN), MODEL)
ACCEPTED = {MODEL: (ROOT.public_bytes(Encoding.PEM),)}


def is_hardware(accepted: dict[UUID, tuple[bytes, ...]], authenticator: Authenticator) -> bool:
    options = {"user": {"id": "AAAA"}, "challenge": urlsafe_b64encode(CHALLENGE).rstrip(b"=").decode()}
    return Passkeys(URL, accepted).check_registration(authenticator.create(options), CHALLENGE).hardware


def attesting(key: ec.EllipticCurvePrivateKey, *leaf: x509.Certificate, model: UUID = MODEL) -> Authenticator:
    chain = tuple(each.public_bytes(Encoding.DER) for each in leaf)
    return Authenticator(URL, aaguid=model.bytes, attested_by=(key, chain))


def test_an_accepted_model_proves_itself_by_its_makers_certificate() -> None:
    assert is_hardware(ACCEPTED, attesting(KEY, LEAF))


def test_the_attestation_key_itself_may_be_listed() -> None:
    assert is_hardware({MODEL: (LEAF.public_bytes(Encoding.PEM),)}, attesting(KEY, LEAF))


@pytest.mark.parametrize(
    "authenticator",
    [
        pytest.param(Authenticator(URL, aaguid=MODEL.bytes), id="says nothing"),
        pytest.param(attesting(FOREIGN, FORGED), id="another maker's certificate"),
        pytest.param(attesting(FOREIGN, LEAF), id="signed with another key"),
        pytest.param(attesting(KEY, LEAF, model=OTHER), id="a model that is not accepted"),
    ],
)
def test_everything_else_is_of_unknown_make_and_still_registered(authenticator: Authenticator) -> None:
    assert not is_hardware(ACCEPTED, authenticator)


def test_a_certificate_speaks_for_its_own_model_only() -> None:
    accepted = ACCEPTED | {OTHER: ACCEPTED[MODEL]}
    assert not is_hardware(accepted, attesting(KEY, LEAF, model=OTHER))


def test_who_attests_itself_proves_nothing() -> None:
    itself = Authenticator(URL, aaguid=MODEL.bytes)
    itself.attested_by = (itself.key, ())
    assert not is_hardware(ACCEPTED, itself)


def test_only_where_a_model_is_accepted_browsers_ask_for_it() -> None:
    def asked(accepted: dict[UUID, tuple[bytes, ...]], *, attest: bool) -> str:
        options = Passkeys(URL, accepted).registration_options(
            person_id=str(UUID(int=1)), account="a", name="a", challenge=CHALLENGE, known=(), attest=attest
        )
        return str(options["attestation"])

    assert [asked(ACCEPTED, attest=True), asked(ACCEPTED, attest=False), asked({}, attest=True)] == [
        "direct",
        "none",
        "none",
    ]


def test_the_list_of_a_deployment(tmp_path: Path) -> None:
    file = tmp_path / "authenticators.json"
    model = {"aaguid": str(MODEL), "name": "a key", "certificates": [ROOT.public_bytes(Encoding.PEM).decode()]}
    file.write_text(json.dumps({"authenticators": [model]}))
    assert accepted_models(file) == ACCEPTED
    assert accepted_models(None) == {}
    for wrong in (model | {"certificates": []}, model | {"certificates": ["x"]}, model | {"aaguid": "x"}):
        file.write_text(json.dumps({"authenticators": [wrong]}))
        with pytest.raises(ValueError):  # noqa: PT011 - each has a sentence of its own
            accepted_models(file)


@pytest.mark.parametrize(
    "changed",
    [
        *({"attStmt": each} for each in ([], "x", 1, None, {"x5c": 5}, {"x5c": {}}, {"x5c": [1]}, {"x5c": [b"x"]})),
        *({"fmt": each} for each in ([], {}, 1, None)),
    ],
)
def test_a_statement_that_is_none_proves_nothing(changed: dict[str, Any]) -> None:
    options = {"user": {"id": "AAAA"}, "challenge": urlsafe_b64encode(CHALLENGE).rstrip(b"=").decode()}
    answer = json.loads(attesting(KEY, LEAF).create(options))
    given = cbor2.loads(urlsafe_b64decode(answer["response"]["attestationObject"] + "=="))
    own = urlsafe_b64encode(cbor2.dumps(given | changed)).rstrip(b"=").decode()
    answer["response"]["attestationObject"] = own
    assert not Passkeys(URL, ACCEPTED).check_registration(json.dumps(answer), CHALLENGE).hardware
