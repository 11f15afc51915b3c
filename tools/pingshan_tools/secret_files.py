"""Keys and passwords, made where they are missing: files that only their owner reads, never in git."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pingshan_events.event_keys import key_id

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


_DATA_KEY = "data_key"
_EVENT_KEY = "event_key"
_SERVICE_KEY = "service_key.pem"
_OF_EVERY_SERVICE: Mapping[str, Callable[[], str]] = {
    "database_password": _password,
    "owner_database_password": _password,
    "nats_password": _password,
    _SERVICE_KEY: _private_key,
    _EVENT_KEY: _key_of_32_bytes,
    "index_key": _key_of_32_bytes,
    "csrf_key": _key_of_32_bytes,
    "sign_in_attempt_key": _key_of_32_bytes,
    _DATA_KEY: _key_of_32_bytes,  # the last one: a folder that has it, but not those above, is of an earlier version
}
_OWN: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "identity": {
        "upstream_secret": _password,
        "wecom_secret": _password,
        "held_sign_outs_key": _key_of_32_bytes,
    },
    "e-license": {"receipt_key.pem": _private_key, "log_key": _key_of_32_bytes, "seal_key": _key_of_32_bytes},
    "workflow": {"temporal_key": _key_of_32_bytes},
    "alerts": {"sms_carrier_key": _password, "sms_receipt_key": _password},
    "postgres": {"password": _password},
    "nats": {"password": _password},
}


def make(folder: Path, service_jwks: Path) -> None:
    """Makes missing secrets, and writes all services' public keys to `service_jwks`.

    Its `keys` are those of calls, with the service as `kid`; its `event_keys` those of events, all that `event_key`
    holds (RFC 7517 section 5: whoever does not know a member passes it by).
    """
    _folder(folder)
    for owner in (*SERVICES, "postgres", "nats"):
        _folder(folder / owner)
        of_every_service = _OF_EVERY_SERVICE if owner in SERVICES else {}
        derived = _derived_before(folder / owner)
        for name, made in {**_OWN.get(owner, {}), **of_every_service}.items():
            _write_once(folder / owner / name, derived.get(name, made))
    keys = [_public_jwk(service, (folder / service / _SERVICE_KEY).read_bytes()) for service in SERVICES]
    event_keys = [
        _event_jwk(service, line) for service in SERVICES for line in read(folder, service, _EVENT_KEY).split()
    ]
    _write(service_jwks, json.dumps({"keys": keys, "event_keys": event_keys}, indent=2), mode=0o644)


def read(folder: Path, owner: str, name: str) -> str:
    return (folder / owner / name).read_text().strip()


def add_data_key(folder: Path, service: str) -> None:
    """Puts a new key before those of `data_key`: from the next start on it encrypts, the others only decrypt."""
    _put_first(folder / service / _DATA_KEY)


def add_event_key(folder: Path, service: str) -> None:
    """Puts a new key before those of `event_key`: it signs from the next start on, the others still count."""
    _put_first(folder / service / _EVENT_KEY)


def withdraw_event_keys(folder: Path, service: str) -> None:
    """Leaves only the newest key in `event_key`: what the others signed counts no longer, once `make` has run."""
    _write(folder / service / _EVENT_KEY, read(folder, service, _EVENT_KEY).split()[0])


def replace_service_key(folder: Path, service: str) -> None:
    """Writes a new `service_key.pem`: the older one proves nothing any more, once `make` has run."""
    _write(folder / service / _SERVICE_KEY, _private_key())


def _put_first(file: Path) -> None:
    _write(file, f"{_key_of_32_bytes()}\n{file.read_text().strip()}")


def _derived_before(folder: Path) -> dict[str, Callable[[], str]]:
    """Returns makers of the secrets that an earlier version derived from the data key; empty without such a key.

    The secrets keep their values (HKDF-SHA256, RFC 5869): every keyed hash in the database still matches, and every
    open form is still taken.
    """
    file = folder / _DATA_KEY
    if not file.exists():
        return {}
    data_keys = [bytes.fromhex(line) for line in file.read_text().split()]
    everything = b"".join(data_keys)
    return {
        "index_key": partial(_derive, data_keys[0], b"pingshan personal data index"),
        "csrf_key": partial(_derive, everything, b"pingshan/csrf"),
        "sign_in_attempt_key": partial(_derive, everything, b"pingshan/sign-in attempt"),
        "held_sign_outs_key": partial(_derive, everything, b"pingshan/held sign-outs"),
    }


def _derive(key: bytes, purpose: bytes) -> str:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key).hex()


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _write_once(file: Path, made: Callable[[], str]) -> None:
    if not file.exists():
        _write(file, made())


def _write(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Writes aside and renames: a kill leaves no half secret, and nobody reads a half file."""
    new = file.with_name(file.name + ".new")
    new.touch(mode=mode)
    new.chmod(mode)
    new.write_text(text + "\n")
    new.rename(file)


def _event_jwk(service: str, seed: str) -> dict[str, str]:
    """Returns the public key as RFC 8037 writes it."""
    raw = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key().public_bytes_raw()
    x = urlsafe_b64encode(raw).rstrip(b"=").decode()
    kind = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA"}
    return {"kid": key_id(service, raw), **kind, "x": x}


def _public_jwk(service: str, pem: bytes) -> dict[str, str]:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the key of {service} is not on P-256")
    numbers = key.public_key().public_numbers()
    place = {"x": _number(numbers.x), "y": _number(numbers.y)}
    return {"kid": service, "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", **place}


def _number(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()
