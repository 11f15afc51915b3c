"""What a licence says without a network: a signed QR code that can be compared with the paper on the wall.

CBOR Web Token claims (RFC 8392) in a COSE_Sign1 (RFC 9052), packed by zlib and written in Base45 (RFC 9285), as health
certificates were: an SD-JWT does not fit a QR code that is printed. A photograph of it tells what the paper tells
anyway: nothing personal is in it.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import base45
import cbor2
from pingshan_values.shanghai import begin_of

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.verification.conclusion import shown_attributes, shown_holder

PREFIX = "PSL1:"
"""Tells the code from an identifier, and its version."""
_EXPIRES, _BEGINS, _ISSUED = 4, 5, 6
"""Claim keys `exp`, `nbf` and `iat` of RFC 8392."""
_LICENSE = -65537
"""Our claim, of those for private use (less than -65536): identifier, type, holder's name, public attributes."""
MOST_PRINTED = 970
"""Characters of version 20-M, whose modules are 0.4 mm wide on the printed face."""
_MOST_TEXT = 4_296
"""Characters of the largest QR code there is."""
_MOST_UNPACKED = 16_384


@dataclass(frozen=True)
class OfflineClaims:
    """Says what the code of a licence says; what was decided since, it cannot know."""

    identifier: str
    type: str
    """The code of the licence type."""
    holder: str = field(repr=False)
    """Empty where the holder is a person."""
    attributes: Mapping[str, Any] = field(repr=False)
    begins_at: datetime
    ends_at: datetime | None
    """None for a permanent licence."""


def payloads_of(found: LicenseOfType) -> Iterator[bytes]:
    """Yields the claims to sign, as CBOR in its deterministic form (RFC 8949 section 4.2).

    First with all that is public, then each time without the longest attribute: one of them fits a QR code.
    """
    shown = shown_attributes(found)
    holder = shown_holder(found)
    name = holder.name if holder else ""
    kept = sorted((key for key, value in shown.items() if value != name), key=lambda key: len(str(shown[key])))
    for most in range(len(kept), -1, -1):
        yield _payload(found, name, {key: value for key, value in shown.items() if key in kept[:most]})


def code_of(found: LicenseOfType, sign: Callable[[bytes], bytes]) -> str:
    """Returns the text of the licence's code, with as much of what is public as fits; empty where nothing does."""
    texts = (encoded(sign(payload)) for payload in payloads_of(found))
    return next((text for text in texts if len(text) <= MOST_PRINTED), "")


def _payload(found: LicenseOfType, name: str, shown: Mapping[str, Any]) -> bytes:
    licence = found.license
    claims: dict[int, Any] = {
        _BEGINS: int(begin_of(licence.period.effective_on).timestamp()),
        _ISSUED: int(licence.issued_at.timestamp()),
        _LICENSE: [licence.identifier, licence.type, name, shown],
    }
    if licence.period.ends_at is not None:
        claims[_EXPIRES] = int(licence.period.ends_at.timestamp())
    return cbor2.dumps(claims, canonical=True)


def encoded(signed: bytes) -> str:
    """Returns the text of the QR code: of characters that QR codes write in 5.5 bits each."""
    packer = zlib.compressobj(9, wbits=-15)
    packed: bytes = base45.b45encode(packer.compress(signed) + packer.flush())
    return PREFIX + packed.decode("ascii")


def decoded(text: str) -> bytes | None:
    """Returns the COSE_Sign1 of a code; None for anything else, or more than 16 KiB."""
    if not text.startswith(PREFIX) or len(text) > _MOST_TEXT:
        return None
    try:
        unpacker = zlib.decompressobj(wbits=-15)
        signed = unpacker.decompress(base45.b45decode(text.removeprefix(PREFIX)), _MOST_UNPACKED)
    except (ValueError, zlib.error):
        return None
    return signed if unpacker.eof and not unpacker.unused_data else None


def claims_of(payload: bytes) -> OfflineClaims | None:
    """Reads a payload whose signature holds; None where it is none of `payload_of`."""
    try:
        claims = cbor2.loads(payload)
        identifier, type_code, holder, attributes = claims[_LICENSE]
        begins_at = datetime.fromtimestamp(claims[_BEGINS], UTC)
        ends_at = datetime.fromtimestamp(claims[_EXPIRES], UTC) if _EXPIRES in claims else None
        shown = {str(name): value for name, value in attributes.items()}
    except (cbor2.CBORDecodeError, AttributeError, LookupError, TypeError, ValueError, OverflowError, OSError):
        return None
    return OfflineClaims(str(identifier), str(type_code), str(holder), shown, begins_at, ends_at)
