"""Reads a PDF of anybody's and judges its signatures (CMS, ISO 32000-2 section 12.8), in the process of a worker.

qpdf reads the file; the signature is asn1crypto's and cryptography's. Whether a signer's certificate is to be trusted
is not asked: no authority of PDF signatures is in this platform's register.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from asn1crypto import cms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import load_der_x509_certificate

from pingshan_e_license.clients.renditions import sm2
from pingshan_e_license.clients.renditions.ses import SM2_WITH_SM3, SM3, common_name, sm2_key
from pingshan_e_license.domain.renditions.uploads import (
    MOST_SEALS,
    FileKind,
    FileRead,
    SealFound,
    SealState,
    unreadable,
)

_SUBFILTERS = frozenset({"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"})
_STANDARD = "ISO 32000"
_MOST_FIELDS = 2_000
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_NOTHING = b" \t\r\n\0"


def read_pdf(content: bytes) -> FileRead:
    """Returns the texts in which an identifier may stand, and each signature. Raises FileUnreadable."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            texts = tuple(_properties(pdf))
            fields = list(_signature_fields(pdf))
    except pikepdf.PasswordError as error:
        raise unreadable("encrypted") from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError) as error:
        raise unreadable("damaged") from error
    seals = tuple(_judged(content, each) for each in fields[:MOST_SEALS])
    return FileRead(FileKind.PDF, texts, seals, is_cut_short=len(fields) > MOST_SEALS)


def _properties(pdf: Any) -> Iterator[str]:
    yield from (str(value) for value in pdf.docinfo.values())
    with pdf.open_metadata(set_pikepdf_as_editor=False, strict=False) as metadata:
        yield from (str(value) for value in metadata.values())


def _signature_fields(pdf: Any) -> Iterator[dict[str, Any]]:
    """Yields what is needed of each signature's dictionary, as Python values."""
    form = pdf.Root.get("/AcroForm")
    waiting = list(form.get("/Fields", [])) if form is not None else []
    for _ in range(_MOST_FIELDS):
        if not waiting:
            return
        field = waiting.pop()
        waiting.extend(field.get("/Kids", []))
        value = field.get("/V")
        if str(field.get("/FT", "")) == "/Sig" and value is not None and "/Contents" in value:
            yield {
                "range": [int(each) for each in value.get("/ByteRange", [])],
                "contents": bytes(value["/Contents"]),
                "filter": str(value.get("/SubFilter", "")),
                "at": str(value.get("/M", "")),
            }


def _judged(content: bytes, field: Mapping[str, Any]) -> SealFound:
    if field["filter"] not in _SUBFILTERS or len(field["range"]) != 4:
        return SealFound(SealState.UNREADABLE, "")
    try:
        covered, is_whole = _covered(content, field["range"])
        signed = cms.ContentInfo.load(field["contents"].rstrip(b"\0"))["content"]
        holds, signer, at = _verified(signed, covered)
    except _UnknownFormError:
        return SealFound(SealState.UNREADABLE, "")
    except (ValueError, TypeError, KeyError, IndexError, UnsupportedAlgorithm):
        return SealFound(SealState.UNREADABLE, "")
    state = SealState.CHANGED
    if holds:
        state = SealState.UNCHANGED if is_whole else SealState.ADDED_TO
    return SealFound(state, _STANDARD, signer, signer, at or _date(field["at"]), is_genuine=True)


class _UnknownFormError(Exception):
    """The signature is by an algorithm, or of a form, that is not read here."""


def _covered(content: bytes, ranges: list[int]) -> tuple[bytes, bool]:
    """Returns what the signature covers, and whether nothing but the signature itself is left out.

    Raises ValueError for a range that leaves out something else: it could hide what was changed.
    """
    start, length, again, rest = ranges
    if start != 0 or length <= 0 or again <= length or rest < 0 or again + rest > len(content):
        raise ValueError("no range")
    gap = content[length:again].strip()
    if not (gap.startswith(b"<") and gap.endswith(b">") and gap[1:-1].strip(b"0123456789abcdefABCDEF \r\n\t") == b""):
        raise ValueError("the range leaves out more than the signature")
    is_whole = content[again + rest :].strip(_NOTHING) == b""
    return content[:length] + content[again : again + rest], is_whole


def _verified(signed: Any, covered: bytes) -> tuple[bool, str, datetime | None]:
    """Returns whether the one signer's signature holds, the signer's name, and when it says that it signed."""
    [info] = signed["signer_infos"]
    certificate = _certificate(signed, info)
    name = common_name(certificate)
    algorithm = info["digest_algorithm"]["algorithm"]
    digest = _digest(algorithm.dotted, algorithm.native, covered)
    attributes = info["signed_attrs"]
    if attributes.native is None:
        message, at, holds = covered, None, True
    else:
        values = {each["type"].native: each["values"] for each in attributes}
        message = b"\x31" + attributes.dump()[1:]
        at = values["signing_time"][0].native if "signing_time" in values else None
        holds = values["message_digest"][0].native == digest
    return holds and _is_signed(certificate, info, message), name, at


def _certificate(signed: Any, info: Any) -> bytes:
    """Returns the certificate that the signer's info names. Raises ValueError where it is absent."""
    wanted = info["sid"].chosen
    for each in signed["certificates"]:
        found = each.chosen
        if info["sid"].name == "issuer_and_serial_number":
            if found.serial_number == wanted["serial_number"].native and found.issuer == wanted["issuer"]:
                return bytes(found.dump())
        elif found.key_identifier == wanted.native:
            return bytes(found.dump())
    raise ValueError("no certificate of the signer")


def _digest(dotted: str, name: str, covered: bytes) -> bytes:
    if dotted == SM3:
        return sm2.sm3(covered)
    if name not in _HASHES:
        raise _UnknownFormError(name)
    return hashlib.new(name, covered).digest()


def _is_signed(certificate: bytes, info: Any, message: bytes) -> bool:
    signature = info["signature"].native
    algorithm = info["signature_algorithm"]
    digest = info["digest_algorithm"]["algorithm"]
    if digest.dotted == SM3 or algorithm["algorithm"].dotted == SM2_WITH_SM3:
        key = sm2_key(certificate)
        if key is None:
            raise _UnknownFormError(algorithm["algorithm"].dotted)
        return sm2.verify(key, message, signature)
    hashed = _HASHES[digest.native]
    public = load_der_x509_certificate(certificate).public_key()
    try:
        match public:
            case rsa.RSAPublicKey() if algorithm["algorithm"].native == "rsassa_pss":
                pss = padding.PSS(padding.MGF1(hashed), padding.PSS.AUTO)
                public.verify(signature, message, pss, hashed)
            case rsa.RSAPublicKey():
                public.verify(signature, message, padding.PKCS1v15(), hashed)
            case ec.EllipticCurvePublicKey():
                public.verify(signature, message, ec.ECDSA(hashed))
            case _:
                raise _UnknownFormError(algorithm["algorithm"].dotted)
    except InvalidSignature:
        return False
    return True


def _date(text: str) -> datetime | None:
    """Returns the date of a PDF (D:YYYYMMDDHHmmSS…), whose offset may be left out."""
    digits, offset = text.removeprefix("D:")[:14], text.removeprefix("D:")[14:].replace("'", "")
    try:
        if offset[:1] in {"+", "-"} and len(offset) >= 5:
            return datetime.strptime(f"{digits}{offset[:5]}", "%Y%m%d%H%M%S%z")
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
