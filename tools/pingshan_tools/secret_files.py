"""Keys and passwords, made where they are missing: files that only their owner reads, never in git."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pingshan_tools.edges import SERVICES


def _password() -> str:
    return secrets.token_urlsafe(24)


def _key_of_32_bytes() -> str:
    return secrets.token_hex(32)


def _private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


_OF_EVERY_SERVICE: Mapping[str, Callable[[], str]] = {
    "database_password": _password,
    "owner_database_password": _password,
    "nats_password": _password,
    "service_key.pem": _private_key,
    "data_key": _key_of_32_bytes,
}
_OWN: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "identity": {"upstream_secret": _password, "wecom_secret": _password},
    "e-license": {"issuer_key.pem": _private_key},
    "workflow": {"temporal_key": _key_of_32_bytes},
    "alerts": {"sms_carrier_key": _password, "sms_receipt_key": _password},
    "postgres": {"password": _password},
    "nats": {"password": _password},
}


def make(folder: Path, service_jwks: Path) -> None:
    """What exists stays as it is. The public keys of all services go to `service_jwks`, with the service as `kid`."""
    _folder(folder)
    for owner in (*SERVICES, "postgres", "nats"):
        _folder(folder / owner)
        wanted = dict(_OF_EVERY_SERVICE) if owner in SERVICES else {}
        for name, made in {**wanted, **_OWN.get(owner, {})}.items():
            _write_once(folder / owner / name, made)
    keys = [_public_jwk(service, (folder / service / "service_key.pem").read_bytes()) for service in SERVICES]
    service_jwks.write_text(json.dumps({"keys": keys}, indent=2) + "\n")
    service_jwks.chmod(0o644)


def read(folder: Path, owner: str, name: str) -> str:
    return (folder / owner / name).read_text().strip()


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _write_once(file: Path, made: Callable[[], str]) -> None:
    """Written aside and renamed: a kill leaves no half secret."""
    if file.exists():
        return
    new = file.with_name(file.name + ".new")
    new.touch(mode=0o600)
    new.write_text(made() + "\n")
    new.rename(file)


def _public_jwk(service: str, pem: bytes) -> dict[str, str]:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the key of {service} is not on P-256")
    numbers = key.public_key().public_numbers()
    place = {"x": _number(numbers.x), "y": _number(numbers.y)}
    return {"kid": service, "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", **place}


def _number(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()
