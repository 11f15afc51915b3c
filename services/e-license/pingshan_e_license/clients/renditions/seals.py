"""The seal port: seals documents for agencies. What stands here is a simulator of the district's seal service.

Its seals are built as GB/T 38540-2020 says and verify with any reader, but no authority made them: each says so in its
picture, in its name and in its certificates. A real seal service takes its place here, with its own keys and its own
certificates; keys of this one follow from the secret `seal_key`, one for each agency.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import core, x509

from pingshan_e_license.clients.renditions import sm2
from pingshan_e_license.clients.renditions.ses import SM2_CURVE, SM2_WITH_SM3, sequence

_MAKER = "Seal simulator without legal effect (演示印章制作者)"
_VENDOR = "pingshan-simulator"
_BEGIN = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
_YEARS = timedelta(days=36524)
_UNIT_SEAL = 1
"""SES_ESPropertyInfo.type of a unit's seal (单位印章)."""


@dataclass(frozen=True)
class SealSimulator:
    secret: bytes = field(repr=False)
    """32 random octets."""

    def maker_certificate(self) -> bytes:
        """Returns the certificate by which its seals are known."""
        return self._certificate("maker", _MAKER)

    def seal(self, agency: str, name: str, picture: bytes, size: int) -> bytes:
        """Returns the agency's seal (SESeal). `picture`: a PNG; `size`: its width and height in millimetres."""
        signer = core.OctetString(self._certificate(agency, name)).dump()
        own = sequence(
            core.Integer(_UNIT_SEAL).dump(),
            core.UTF8String(f"{name}（演示）").dump(),
            core.Integer(1).dump(),
            sequence(signer),
            *(core.GeneralizedTime(moment).dump() for moment in (_BEGIN, _BEGIN, _BEGIN + _YEARS)),
        )
        info = sequence(
            sequence(core.IA5String("ES").dump(), core.Integer(4).dump(), core.IA5String(_VENDOR).dump()),
            core.IA5String(f"demonstration-{agency}").dump(),
            own,
            sequence(
                core.IA5String("PNG").dump(),
                core.OctetString(picture).dump(),
                core.Integer(size).dump(),
                core.Integer(size).dump(),
            ),
        )
        signature = sm2.sign(self._key("maker"), info)
        return sequence(info, core.OctetString(self.maker_certificate()).dump(), _ALGORITHM, _bits(signature))

    def sealed(self, agency: str, name: str, seal: bytes, content: bytes, about: str, at: datetime) -> bytes:
        """Returns SES_Signature for the content, whose place in the package is `about`."""
        signed = sequence(
            core.Integer(4).dump(),
            seal,
            core.GeneralizedTime(at.replace(microsecond=0)).dump(),
            _bits(sm2.sm3(content)),
            core.IA5String(about).dump(),
        )
        certificate = core.OctetString(self._certificate(agency, name)).dump()
        return sequence(signed, certificate, _ALGORITHM, _bits(sm2.sign(self._key(agency), signed)))

    def _key(self, label: str) -> int:
        return sm2.private_key(self.secret, f"seal {label}")

    def _certificate(self, label: str, name: str) -> bytes:
        """Returns an X.509 certificate of the maker for an SM2 key, built by hand as cryptography knows no SM2."""
        point = b"\x04" + sm2.public_key(self._key(label))
        algorithm = sequence(_ALGORITHM)
        key = sequence(sequence(core.ObjectIdentifier("1.2.840.10045.2.1").dump(), _CURVE), _bits(point))
        until = _BEGIN + _YEARS
        validity = x509.Validity(
            {
                "not_before": x509.Time("utc_time", core.UTCTime(_BEGIN)),
                "not_after": x509.Time("general_time", core.GeneralizedTime(until)),
            }
        )
        unsigned = sequence(
            bytes([0xA0, 3, 2, 1, 2]),  # version 3
            core.Integer(int.from_bytes(sm2.sm3(point)[:8], "big")).dump(),
            algorithm,
            _name(_MAKER),
            validity.dump(),
            _name(name),
            key,
        )
        return sequence(unsigned, algorithm, _bits(sm2.sign(self._key("maker"), unsigned)))


_ALGORITHM = core.ObjectIdentifier(SM2_WITH_SM3).dump()
_CURVE = core.ObjectIdentifier(SM2_CURVE).dump()


def _bits(octets: bytes) -> bytes:
    return bytes(core.OctetBitString(octets).dump())


def _name(text: str) -> bytes:
    return bytes(x509.Name.build({"country_name": "CN", "common_name": text}).dump())
