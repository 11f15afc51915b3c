"""Electronic seals and what was sealed with them: GB/T 38540-2020 (version 4) and GM/T 0031-2014 (version 1).

Read by place and not by a schema: vendors write an OCTET STRING for a BIT STRING and one kind of time for another, and
sign a seal's information with or without certificate and algorithm.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from asn1crypto import core, parser, x509

from pingshan_e_license.clients.renditions import sm2

SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"
SM2_CURVE = "1.2.156.10197.1.301"
_SEQUENCE, _BIT_STRING, _OCTET_STRING = 16, 3, 4
_TIMES = (b"\x17", b"\x18")
_FORMS = (("%y%m%d%H%M%SZ", 13), ("%Y%m%d%H%M%SZ", 15), ("%Y-%m-%d %H:%M:%S", 19))
"""Forms of time and their lengths; strptime alone takes a year of four digits for one of two."""


class NotASealError(ValueError):
    """The octets are no electronic seal, or nothing that was sealed with one."""


@dataclass(frozen=True)
class Seal:
    version: int
    """4 or 1, by which of the two standards it is built."""
    name: str
    maker: str
    """The common name of the certificate of who made the seal."""
    maker_certificate: bytes = field(repr=False)
    valid_from: datetime | None
    valid_until: datetime | None
    signers: tuple[bytes, ...] = field(repr=False)
    """Certificates, or their SM3 digests, of who may seal with it."""
    is_genuine: bool
    """Whether its maker's signature holds."""


@dataclass(frozen=True)
class Sealing:
    """Says who sealed what, and whether the signature holds."""

    seal: Seal
    signer: str
    """The common name of the certificate that signed."""
    at: datetime | None
    digest: bytes = field(repr=False)
    """SM3 of what was sealed: Signature.xml of an OFD."""
    may_seal: bool
    """Whether the seal names the certificate among those that may seal with it."""
    holds: bool


def sequence(*parts: bytes) -> bytes:
    """Returns a DER SEQUENCE of parts that are DER."""
    return bytes(parser.emit(0, 1, _SEQUENCE, b"".join(parts)))


def read_sealing(data: bytes) -> Sealing:
    """Reads SES_Signature, the content of SignedValue.dat. Raises NotASealError."""
    try:
        return _sealing(data)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise NotASealError("no SES_Signature") from error


def common_name(certificate: bytes) -> str:
    """Returns the subject's common name, or its organisation where it has none. Raises ValueError."""
    subject = x509.Certificate.load(certificate).subject.native
    found = subject.get("common_name") or subject.get("organization_name") or ""
    return str(found if isinstance(found, str) else "、".join(found))


def sm2_key(certificate: bytes) -> bytes | None:
    """Returns the certificate's key as 64 octets; None where it is no key for SM2. Raises ValueError."""
    info = x509.Certificate.load(certificate)["tbs_certificate"]["subject_public_key_info"]
    _, _, curve = _parts(info["algorithm"].dump())[1].rpartition(b"\x06")
    point = info["public_key"].dump()[-65:]
    is_sm2 = core.ObjectIdentifier(SM2_CURVE).dump() == b"\x06" + curve
    return point[1:] if is_sm2 and point[:1] == b"\x04" else None


def _sealing(data: bytes) -> Sealing:
    outer = _parts(data)
    signed = _parts(outer[0])
    seal = _seal(signed[1])
    if len(outer) == 2:
        certificate, signature = _octets(signed[5]), _octets(outer[1])
    else:
        certificate, signature = _octets(outer[1]), _octets(outer[3])
    digest = sm2.sm3(certificate)
    return Sealing(
        seal=seal,
        signer=common_name(certificate),
        at=_time(signed[2]),
        digest=_octets(signed[3]),
        may_seal=certificate in seal.signers or digest in seal.signers,
        holds=_is_signed(certificate, [outer[0]], signature),
    )


def _seal(data: bytes) -> Seal:
    outer = _parts(data)
    info = _parts(outer[0])
    own = _parts(info[2])
    if len(outer) == 2:
        certificate, algorithm, signature = _parts(outer[1])
        version, listed, dates = 1, _parts(own[2]), own[4:6]
    else:
        certificate, algorithm, signature = outer[1:4]
        version, listed, dates = 4, _parts(own[3]), own[5:7]
    signers = tuple(_octets(each) if each[:1] == b"\x04" else _octets(_parts(each)[1]) for each in listed)
    forms = [outer[0], sequence(outer[0], certificate, algorithm)]
    return Seal(
        version=version,
        name=_text(own[1]),
        maker=common_name(_octets(certificate)),
        maker_certificate=_octets(certificate),
        valid_from=_time(dates[0]),
        valid_until=_time(dates[1]),
        signers=signers,
        is_genuine=_is_signed(_octets(certificate), forms, _octets(signature)),
    )


def _is_signed(certificate: bytes, forms: list[bytes], signature: bytes) -> bool:
    key = sm2_key(certificate)
    return key is not None and any(sm2.verify(key, form, signature) for form in forms)


def _parts(data: bytes) -> list[bytes]:
    """Returns the DER of each member of a SEQUENCE. Raises ValueError."""
    _, _, tag, _, content, _ = parser.parse(data, strict=True)
    if tag != _SEQUENCE:
        raise ValueError("no SEQUENCE")
    found: list[bytes] = []
    while content:
        whole = b"".join(parser.parse(content)[3:])
        found.append(whole)
        content = content[len(whole) :]
    return found


def _octets(data: bytes) -> bytes:
    """Returns what a BIT STRING or an OCTET STRING holds. Raises ValueError."""
    _, _, tag, _, content, _ = parser.parse(data, strict=True)
    if tag == _BIT_STRING:
        return bytes(content[1:])
    if tag == _OCTET_STRING:
        return bytes(content)
    raise ValueError("no octets")


def _text(data: bytes) -> str:
    return str(core.load(data).native)


def _time(data: bytes) -> datetime | None:
    """Returns an instant; None for a time stamp of somebody else, which version 1 may have instead."""
    _, _, tag, _, content, _ = parser.parse(data, strict=True)
    if tag == _BIT_STRING:
        content = content[1:]
        if content[:1] in _TIMES:
            return _time(content)
    text = content.decode("ascii", "replace")
    for form, length in _FORMS:
        if len(text) == length:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC)
            except ValueError:
                continue
    return None
