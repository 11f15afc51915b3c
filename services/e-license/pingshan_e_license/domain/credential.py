"""Builds the SD-JWT to sign (RFC 9901), with the claims of SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-26).

The signed part carries no personal data: whatever is not public stands in disclosures, of which it has salted digests.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier
from pingshan_e_license.domain.validity import Period

MEDIA_TYPE = "dc+sd-jwt"
"""`typ` of the issuer's JWT (draft-ietf-oauth-sd-jwt-vc-26)."""


@dataclass(frozen=True)
class Credential:
    jwt: str = field(repr=False)
    disclosures: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        """Returns the compact form of RFC 9901: `<jwt>~<disclosure>~…~`."""
        return "~".join([self.jwt, *self.disclosures, ""])


@dataclass(frozen=True)
class Unsigned:
    claims: Mapping[str, Any]
    disclosures: tuple[str, ...] = field(repr=False)


def unsigned_credential(
    license_type: LicenseType,
    identifier: Identifier,
    holder: Holder,
    attributes: Mapping[str, Any],
    period: Period,
    *,
    issuer: str,
    issued_at: datetime,
    salt: Callable[[], str],
    status: Mapping[str, Any],
) -> Unsigned:
    """Returns the claims to sign and the disclosures. `salt` returns 128 random bits as base64url (RFC 9901).

    `status` says where the licence's status stands (draft-ietf-oauth-status-list-21, section 6.2).
    """
    open_names = license_type.public_fields
    shown = {name: value for name, value in attributes.items() if name in open_names}
    hidden = _disclosures(((name, value) for name, value in attributes.items() if name not in open_names), salt)
    holder_hidden = _disclosures((("name", holder.name), ("code", holder.code), ("code_type", holder.code_type)), salt)
    claims: dict[str, Any] = {
        "iss": issuer,
        "iat": int(issued_at.timestamp()),
        "nbf": int(period.begins_at.timestamp()),
        "vct": f"{issuer}/v1/license-types/{license_type.code}",
        "identifier": str(identifier),
        "type_name": license_type.name_zh,
        "authority": identifier.authority,
        "_sd_alg": "sha-256",
        "attributes": {**shown, "_sd": _digests(hidden)},
        "holder": {"_sd": _digests(holder_hidden)},
        "status": status,
    }
    if period.ends_at is not None:
        claims["exp"] = int(period.ends_at.timestamp())
    return Unsigned(claims, (*holder_hidden, *hidden))


def disclosed_digests(disclosures: Iterable[str]) -> list[str]:
    """Returns the SHA-256 of each disclosure as base64url (RFC 9901)."""
    return [_base64url(hashlib.sha256(each.encode("ascii")).digest()) for each in disclosures]


def _disclosures(pairs: Iterable[tuple[str, Any]], salt: Callable[[], str]) -> list[str]:
    return [
        _base64url(json.dumps([salt(), name, value], ensure_ascii=False, separators=(",", ":")).encode())
        for name, value in pairs
    ]


def _digests(disclosures: Iterable[str]) -> list[str]:
    """Returns the digests sorted, so that their order does not tell that of the attributes (RFC 9901)."""
    return sorted(disclosed_digests(disclosures))


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
