"""PDF and OFD files as other people's software writes them, with seals of a maker whom this platform does not know."""

import base64
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pikepdf
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pingshan_e_license.clients.renditions import sm2
from pingshan_e_license.clients.renditions.seals import SealSimulator
from pingshan_e_license.clients.renditions.ses import SM2_WITH_SM3, SM3, sequence

AT = datetime(2025, 3, 8, 9, 30, tzinfo=UTC)
NAME = "广州市越秀区某局电子专用章"
_NAMESPACE = ' xmlns:ofd="http://www.ofdspec.org/2016"'
_ALGORITHM = core.ObjectIdentifier(SM2_WITH_SM3).dump()


@dataclass
class ForeignOfd:
    """Builds a package of two pages; its fields are the ways in which vendors differ."""

    namespace: str = _NAMESPACE
    version: int = 4
    seals: int = 1
    protects: tuple[str, ...] = (
        "Doc_0/Document.xml",
        "Doc_0/Pages/Page_0/Content.xml",
        "Doc_0/Pages/Page_1/Content.xml",
    )
    check_method: str = SM3
    folder: str = "Doc_0"
    reference_prefix: str = "/"
    sealed_at: datetime = AT
    text: str = "营业执照"
    changed_after: Mapping[str, bytes] = field(default_factory=dict)
    """Content of entries that somebody replaced after the sealing."""
    left_out: frozenset[str] = frozenset()
    maker: SealSimulator = field(default_factory=lambda: SealSimulator(b"another maker of seals, 32 octet"))
    signed_by: str = "office"
    """Which of the maker's keys signs; the seal names the one of `office`."""

    def entries(self) -> dict[str, bytes]:
        made = {
            "OFD.xml": self._xml(
                f'<ofd:OFD{self.namespace} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1'
                f"</ofd:DocID></ofd:DocInfo><ofd:DocRoot>{self.folder}/Document.xml</ofd:DocRoot>"
                f"<ofd:Signatures>{self.folder}/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"
            ),
            f"{self.folder}/Document.xml": self._xml(
                f'<ofd:Document{self.namespace}><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
                f'<ofd:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages></ofd:Document>'
            ),
            **{f"{self.folder}/Pages/Page_{number}/Content.xml": self._page(number) for number in (0, 1)},
        }
        protected = {name: made[name.replace("Doc_0", self.folder)] for name in self.protects}
        signatures = ""
        for number in range(self.seals):
            place = f"{self.folder}/Signs/Sign_{number}"
            content = self._signature(protected, place)
            made[f"{place}/Signature.xml"] = content
            made[f"{place}/SignedValue.dat"] = self._sealed(content, f"Sign_{number}/Signature.xml")
            signatures += f'<ofd:Signature ID="{number + 1}" Type="Seal" BaseLoc="Sign_{number}/Signature.xml"/>'
        made[f"{self.folder}/Signs/Signatures.xml"] = self._xml(
            f"<ofd:Signatures{self.namespace}>{signatures}</ofd:Signatures>"
        )
        made |= self.changed_after
        return {name: content for name, content in made.items() if name not in self.left_out}

    def built(self, *, separator: str = "/", encoding: str = "utf-8") -> bytes:
        return zipped({name.replace("/", separator): content for name, content in self.entries().items()}, encoding)

    def _page(self, number: int) -> bytes:
        return self._xml(
            f'<ofd:Page{self.namespace}><ofd:Content><ofd:Layer ID="{number + 3}"><ofd:TextObject ID="{number + 5}" '
            f'Boundary="0 0 9 9" Font="1" Size="4"><ofd:TextCode X="0" Y="4">{self.text}</ofd:TextCode>'
            f'</ofd:TextObject><ofd:ImageObject ID="{number + 7}" ResourceID="99" Boundary="0 0 9 9"/>'
            "</ofd:Layer></ofd:Content></ofd:Page>"
        )

    def _signature(self, protected: Mapping[str, bytes], place: str) -> bytes:
        references = "".join(
            f'<ofd:Reference FileRef="{self.reference_prefix}{name.replace("Doc_0", self.folder)}"><ofd:CheckValue>'
            f"{base64.b64encode(sm2.sm3(content)).decode()}</ofd:CheckValue></ofd:Reference>"
            for name, content in protected.items()
        )
        return self._xml(
            f'<ofd:Signature{self.namespace}><ofd:SignedInfo><ofd:Provider ProviderName="vendor"/>'
            f'<ofd:References CheckMethod="{self.check_method}">{references}</ofd:References></ofd:SignedInfo>'
            f"<ofd:SignedValue>/{place}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
        )

    def _sealed(self, content: bytes, about: str) -> bytes:
        if self.version == 4:
            seal = self.maker.seal("office", NAME, b"no picture", 40)
            return self.maker.sealed(self.signed_by, NAME, seal, content, about, self.sealed_at)
        return self._sealed_1(content, about)

    def _sealed_1(self, content: bytes, about: str) -> bytes:
        """GM/T 0031-2014: another order of fields, UTC times, and a seal signed with certificate and algorithm."""
        certificate = core.OctetString(self.maker._certificate("office", NAME)).dump()  # noqa: SLF001
        maker = core.OctetString(self.maker.maker_certificate()).dump()
        begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
        info = sequence(
            sequence(core.IA5String("ES").dump(), core.Integer(1).dump(), core.IA5String("vendor").dump()),
            core.IA5String("seal-1").dump(),
            sequence(
                core.Integer(1).dump(),
                core.UTF8String(NAME).dump(),
                sequence(certificate),
                *(core.UTCTime(moment).dump() for moment in (begin, begin, end)),
            ),
            sequence(core.IA5String("PNG").dump(), core.OctetString(b"").dump(), *2 * [core.Integer(40).dump()]),
        )
        by_maker = sm2.sign(self.maker._key("maker"), sequence(info, maker, _ALGORITHM))  # noqa: SLF001
        seal = sequence(info, sequence(maker, _ALGORITHM, core.OctetBitString(by_maker).dump()))
        signed = sequence(
            core.Integer(1).dump(),
            seal,
            core.OctetBitString(core.UTCTime(self.sealed_at).dump()).dump(),
            core.OctetBitString(sm2.sm3(content)).dump(),
            core.IA5String(about).dump(),
            certificate,
            _ALGORITHM,
        )
        return sequence(signed, core.OctetBitString(sm2.sign(self.maker._key("office"), signed)).dump())  # noqa: SLF001

    def _xml(self, text: str) -> bytes:
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


class _OldEntry(zipfile.ZipInfo):
    """Writes its name as octets of another encoding, without saying which, as old programs do."""

    encoding = "utf-8"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the name that zipfile calls
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def zipped(entries: Mapping[str, bytes], encoding: str = "utf-8") -> bytes:
    """Returns a ZIP whose names are octets of the encoding, without the mark of UTF-8 where it is another."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in entries.items():
            entry = zipfile.ZipInfo("x") if encoding == "utf-8" else _OldEntry("x")
            entry.filename = name  # the constructor would turn backslashes
            if isinstance(entry, _OldEntry):
                entry.encoding = encoding
            package.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def encrypted_zip() -> bytes:
    """Returns a package whose first entry says that it needs a password."""
    data = bytearray(ForeignOfd().built())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def a_pdf(**properties: str) -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for name, value in properties.items():
            pdf.docinfo[f"/{name}"] = value
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def a_signed_pdf(name: str = "某市行政审批局", *, room: int = 8_000) -> bytes:
    """Returns a PDF with one detached CMS signature (adbe.pkcs7.detached) by ECDSA P-256."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        signature = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Sig,
                Filter=pikepdf.Name("/Adobe.PPKLite"),
                SubFilter=pikepdf.Name("/adbe.pkcs7.detached"),
                ByteRange=[0, 1_111_111_111, 1_222_222_222, 1_333_333_333],
                Contents=pikepdf.String(b"\xab" * room),
            )
        )
        field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("one"), V=signature))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        written = io.BytesIO()
        pdf.save(written, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = written.getvalue()
    gap = data.index(b"<" + b"ab" * room)
    end = gap + 2 * room + 2
    ranges = f"[ 0 {gap} {end} {len(data) - end} ]".encode()
    placeholder = b"[ 0 1111111111 1222222222 1333333333 ]"
    data = data.replace(placeholder, ranges.ljust(len(placeholder)))
    signed = _detached(data[:gap] + data[end:], name).hex().encode()
    return data[:gap] + b"<" + signed.ljust(2 * room, b"0") + b">" + data[end:]


def _detached(content: bytes, name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, AT, datetime(2035, 1, 1, tzinfo=UTC))
    certificate = builder.sign(key, hashes.SHA256())
    made = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return made.sign(serialization.Encoding.DER, options)
