"""Reads what a credential says (RFC 9901, draft-ietf-oauth-sd-jwt-vc-26), and compares it with what is kept.

What anybody is shown of a licence is believed because its issuer signed it, not because a column says so.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pingshan_values import strict_json

from pingshan_e_license.domain.credential import disclosed_digests
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType

_DIGESTS = "_sd"
_RESERVED = frozenset(
    {"_sd", "...", "_sd_alg", "iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "sub", "aud", "jti"}
)
"""Names that no disclosure may have: RFC 9901 section 7.1, SD-JWT VC section 2.2.2.2, RFC 7519."""
_IN_DISCLOSURES = ("holder", "attributes")
"""Members of the signed part of which something stands in disclosures."""
_LONGEST = 262_144
"""Characters of a disclosure."""


class ContentRefused(ValueError):
    """The credential's content is not what we sign. `why` names the rule; it never holds a part of the content."""


@dataclass(frozen=True)
class SignedContent:
    """Holds what the signed part and its disclosures say of a licence."""

    identifier: str
    type: str
    authority: str
    holder: Mapping[str, Any] = field(repr=False)
    attributes: Mapping[str, Any] = field(repr=False)
    issued: int
    """`iat`, `nbf` and `exp` are seconds since 1970."""
    begins: int
    ends: int | None
    claims: Mapping[str, Any] = field(repr=False)


def signed_content(claims: Any, disclosures: Sequence[str], *, whole: bool = True) -> SignedContent:
    """Returns what the claims say together with the disclosures.

    `whole`: every digest must have its disclosure, as in what is kept here; else some may be withheld. Raises
    ContentRefused for a claim that is missing or of another kind, another digest algorithm, and for a disclosure that
    is not canonical base64url of a triple, is there twice, is covered by no digest, bears a reserved name, or one that
    stands in the open.
    """
    if not isinstance(claims, dict) or claims.get("_sd_alg") != "sha-256":
        raise ContentRefused("digest algorithm")
    disclosed = _by_digest(disclosures)
    digests = Counter(_digests(claims))
    if sum(len(_own_digests(claims.get(name))) for name in _IN_DISCLOSURES) != digests.total():
        raise ContentRefused("a digest elsewhere")
    if any(count > 1 for count in digests.values()):
        raise ContentRefused("a digest twice")
    if not disclosed.keys() <= digests.keys():
        raise ContentRefused("a disclosure that no digest covers")
    if whole and disclosed.keys() != digests.keys():
        raise ContentRefused("a digest without its disclosure")
    issuer, vct = _text(claims, "iss"), _text(claims, "vct")
    prefix = f"{issuer}/v1/license-types/"
    if not vct.startswith(prefix):
        raise ContentRefused("vct")
    holder, attributes = (_disclosed(claims.get(name), disclosed) for name in _IN_DISCLOSURES)
    return SignedContent(
        identifier=_text(claims, "identifier"),
        type=vct.removeprefix(prefix),
        authority=_text(claims, "authority"),
        holder=holder,
        attributes=attributes,
        issued=_seconds(claims, "iat"),
        begins=_seconds(claims, "nbf"),
        ends=_seconds(claims, "exp") if "exp" in claims else None,
        claims=claims,
    )


def contradictions(kept: LicenseOfType, signed: SignedContent) -> list[str]:
    """Returns the names of what is kept of a licence otherwise than its issuer signed it."""
    licence, of_type = kept.license, kept.type
    authority, serial_number, version = _numbered(signed.identifier)
    ends = licence.period.ends_at
    same = {
        "identifier": licence.identifier == signed.identifier,
        "serial_number": (serial_number, version) == (licence.serial_number, f"{licence.version:03d}"),
        "type": licence.type == of_type.code == signed.type,
        "agency": licence.agency == of_type.agency and authority == signed.authority,
        "holder": signed.holder == _as_disclosed(licence.holder),
        "attributes": signed.attributes == dict(licence.attributes),
        "issued_at": signed.issued == int(licence.issued_at.timestamp()),
        "effective_on": signed.begins == int(licence.period.begins_at.timestamp()),
        "expires_on": signed.ends == (None if ends is None else int(ends.timestamp())),
    }
    return [name for name, is_same in same.items() if not is_same]


def _numbered(identifier: str) -> tuple[str, str, str]:
    """Returns authority, serial number and version of an identifier of GB/T 36904; empty texts for any other text."""
    parts = identifier.split(".")[-4:-1]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")


def _as_disclosed(holder: Holder) -> dict[str, str]:
    return {"name": holder.name, "code": holder.code, "code_type": holder.code_type}


def _by_digest(disclosures: Sequence[str]) -> dict[str, tuple[str, Any]]:
    pairs = {digest: _pair(each) for digest, each in zip(_ascii_digests(disclosures), disclosures, strict=True)}
    if len(pairs) != len(disclosures):
        raise ContentRefused("a disclosure twice")
    return pairs


def _ascii_digests(disclosures: Iterable[str]) -> list[str]:
    try:
        return disclosed_digests(disclosures)
    except UnicodeEncodeError as error:
        raise ContentRefused("base64url") from error


def _pair(disclosure: str) -> tuple[str, Any]:
    if len(disclosure) > _LONGEST:
        raise ContentRefused("a disclosure that is too long")
    try:
        content = strict_json.loads(_canonical(disclosure))
    except ContentRefused:
        raise
    except ValueError as error:
        raise ContentRefused("a disclosure that is no JSON") from error
    if not isinstance(content, list) or len(content) != 3:
        raise ContentRefused("a disclosure that is no triple")
    salt, name, value = content
    if not isinstance(salt, str) or not isinstance(name, str):
        raise ContentRefused("a disclosure without salt or name")
    if name in _RESERVED:
        raise ContentRefused("a reserved name")
    if any(True for _ in _digests(value)) or _has_ellipsis(value):
        raise ContentRefused("digests within a disclosure")
    return name, value


def _canonical(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ContentRefused("base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ContentRefused("base64url")
    return raw


def _digests(value: Any) -> Iterator[str]:
    """Yields every digest of an object's `_sd`, at any depth, those of arrays (`...`) too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == _DIGESTS:
                if not isinstance(inner, list) or not all(isinstance(each, str) for each in inner):
                    raise ContentRefused("_sd")
                yield from inner
            elif name == "...":
                raise ContentRefused("...")
            else:
                yield from _digests(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _digests(each)


def _own_digests(member: Any) -> list[str]:
    return list(member.get(_DIGESTS, ())) if isinstance(member, dict) else []


def _has_ellipsis(value: Any) -> bool:
    if isinstance(value, dict):
        return "..." in value or any(_has_ellipsis(each) for each in value.values())
    return isinstance(value, list) and any(_has_ellipsis(each) for each in value)


def _disclosed(member: Any, disclosed: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """Returns the member with what its own digests cover, and without these digests."""
    if not isinstance(member, dict):
        raise ContentRefused("a member that is no object")
    content = {name: value for name, value in member.items() if name != _DIGESTS}
    for digest in _own_digests(member):
        if digest in disclosed:
            name, value = disclosed[digest]
            if name in content:
                raise ContentRefused("a name twice")
            content[name] = value
    return content


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise ContentRefused(name)
    return value


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ContentRefused(name)
    return value
