"""Files of anybody's: each is read and its seals judged, or it is said what could not be read; never forged."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_e_license.clients.renditions import files
from pingshan_e_license.clients.renditions.files import Files, read
from pingshan_e_license.domain.errors import FileTooLarge, FileUnreadable
from pingshan_e_license.domain.renditions.uploads import MOST_BYTES, FileKind, SealState

from tests.support.e_license.foreign_files import AT, NAME, ForeignOfd, a_pdf, a_signed_pdf, encrypted_zip, zipped

USUAL = ForeignOfd()


@pytest.mark.parametrize(("version", "standard"), [(4, "GB/T 38540-2020"), (1, "GM/T 0031-2014")])
def test_a_seal_of_either_standard(version: int, standard: str) -> None:
    [seal] = read(replace(USUAL, version=version).built()).seals
    assert (seal.state, seal.standard, seal.at) == (SealState.UNCHANGED, standard, AT)
    assert seal.name.startswith(NAME)
    assert seal.is_genuine
    assert seal.in_force
    assert seal.unprotected_parts == 0


@pytest.mark.parametrize("version", [4, 1])
def test_a_page_changed_after_the_sealing(version: int) -> None:
    page = {"Doc_0/Pages/Page_1/Content.xml": b"<Page/>"}
    [seal] = read(replace(USUAL, version=version, changed_after=page).built()).seals
    assert seal.state is SealState.CHANGED


def test_a_signature_changed_with_its_page() -> None:
    """Whoever changes a page and its digest in Signature.xml has changed what the seal covers."""
    entries = USUAL.entries()
    name = "Doc_0/Signs/Sign_0/Signature.xml"
    forged = replace(USUAL, text="另一张").entries()[name]
    assert forged != entries[name]
    page = replace(USUAL, text="另一张").entries()["Doc_0/Pages/Page_0/Content.xml"]
    [seal] = read(zipped(entries | {name: forged, "Doc_0/Pages/Page_0/Content.xml": page})).seals
    assert seal.state is SealState.CHANGED


def test_several_seals_are_judged_one_by_one() -> None:
    entries = replace(USUAL, seals=3).entries()
    entries["Doc_0/Signs/Sign_1/SignedValue.dat"] = b"no DER"
    assert [each.state for each in read(zipped(entries)).seals] == [
        SealState.UNCHANGED,
        SealState.UNREADABLE,
        SealState.UNCHANGED,
    ]


def test_a_seal_that_leaves_a_page_out() -> None:
    [seal] = read(replace(USUAL, protects=USUAL.protects[:2]).built()).seals
    assert (seal.state, seal.unprotected_parts) == (SealState.UNCHANGED, 1)


def test_a_seal_used_by_somebody_else() -> None:
    [seal] = read(replace(USUAL, signed_by="thief").built()).seals
    assert not seal.is_genuine


def test_sealed_outside_the_period_of_the_seal() -> None:
    [seal] = read(replace(USUAL, sealed_at=datetime(2019, 1, 1, tzinfo=UTC)).built()).seals
    assert not seal.in_force


def test_an_unknown_digest_is_not_called_changed() -> None:
    [seal] = read(replace(USUAL, check_method="MD5").built()).seals
    assert seal.state is SealState.UNREADABLE


@pytest.mark.parametrize("namespace", ["", ' xmlns:ofd="http://www.ofdspec.org"', ' xmlns:ofd="urn:other"'])
def test_namespaces_left_out_or_of_somebody_else(namespace: str) -> None:
    assert [each.state for each in read(replace(USUAL, namespace=namespace).built()).seals] == [SealState.UNCHANGED]


def test_windows_separators() -> None:
    assert [each.state for each in read(USUAL.built(separator="\\")).seals] == [SealState.UNCHANGED]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_names(encoding: str) -> None:
    named = replace(USUAL, folder="文档")
    assert [each.state for each in read(named.built(encoding=encoding)).seals] == [SealState.UNCHANGED]


@pytest.mark.parametrize("prefix", ["/", "./", "/./", "", "/x/../"])
def test_odd_paths(prefix: str) -> None:
    assert [each.state for each in read(replace(USUAL, reference_prefix=prefix).built()).seals] == [SealState.UNCHANGED]


def test_absent_pictures_and_parts() -> None:
    """Its pages name a picture that is not there; a page that is covered and gone is a change."""
    assert [each.state for each in read(USUAL.built()).seals] == [SealState.UNCHANGED]
    gone = frozenset({"Doc_0/Pages/Page_1/Content.xml"})
    assert [each.state for each in read(replace(USUAL, left_out=gone).built()).seals] == [SealState.CHANGED]


def test_attachments_and_watermarks_are_left_alone() -> None:
    inner = zipped({"a": b"\0" * 1000})
    entries = USUAL.entries() | {"Doc_0/Attachs/附件.zip": inner, "Doc_0/Annots/Annotation.xml": b"<broken"}
    [seal] = read(zipped(entries)).seals
    assert (seal.state, seal.unprotected_parts) == (SealState.UNCHANGED, 2)


def test_two_parts_of_one_name() -> None:
    """One program shows the first and another the last: whoever adds one could show anything under a seal."""
    written = io.BytesIO(USUAL.built())
    with zipfile.ZipFile(written, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("Doc_0/Pages/Page_0/Content.xml", b"<a/>")
    assert why(written.getvalue()) == "ambiguous"
    written = io.BytesIO(USUAL.built())
    with zipfile.ZipFile(written, "a") as package:
        package.writestr("Doc_0/./Pages/Page_0/Content.xml", b"<a/>")
    assert why(written.getvalue()) == "ambiguous"


def test_names_that_differ_in_capitals_are_two() -> None:
    decoy = {"doc_0/pages/page_0/content.xml": b"<a/>"}
    [seal] = read(replace(USUAL, changed_after=decoy).built()).seals
    assert (seal.state, seal.unprotected_parts) == (SealState.UNCHANGED, 1)


def test_what_is_read_of_a_large_file_is_small() -> None:
    found = read(replace(USUAL, text="1.2.156.3005.2." + "A" * 100_000).built())
    assert max(map(len, found.texts)) == 500


def why(content: bytes) -> str:
    with pytest.raises(FileUnreadable) as refused:
        read(content)
    return str(refused.value.params["why"])


def test_what_cannot_be_read() -> None:
    assert why(encrypted_zip()) == "encrypted"
    assert why(zipped({"OFD.xml": b"\1", "Encryptions.xml": b"<a/>"})) == "encrypted"
    assert why(b"hello") == "kind"
    assert why(zipped({"word/document.xml": b"<a/>"})) == "kind"
    assert why(USUAL.built()[:300]) == "damaged"
    assert why(zipped({"OFD.xml": b"<OFD"})) == "damaged"
    assert why(b"%PDF-1.7\nnothing") == "damaged"
    doctype = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    assert why(zipped({"OFD.xml": doctype})) == "doctype"


def test_bounded_before_it_is_opened() -> None:
    assert why(zipped({f"{number}": b"" for number in range(2_001)})) == "limits"
    assert why(zipped({"OFD.xml": b"\0" * 33 * 1024 * 1024})) == "limits"
    assert why(zipped({"OFD.xml": b"\0" * 2 * 1024 * 1024})) == "limits"  # a thousand times its packed size
    nested = b"<a>" * 100_000
    assert why(zipped({"OFD.xml": nested})) == "damaged"


async def test_the_worker_reads_the_next_file_after_one_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Files()
    try:
        with pytest.raises(FileTooLarge):
            await reader.read(b"PK" + b"\0" * MOST_BYTES)
        many = replace(USUAL, seals=20).built()
        monkeypatch.setattr(files, "SECONDS", 0.05)  # twenty seals take a second
        with pytest.raises(FileUnreadable) as refused:
            await reader.read(many)
        assert refused.value.params["why"] == "slow"
        monkeypatch.undo()
        assert (await reader.read(USUAL.built())).kind is FileKind.OFD
    finally:
        await reader.close()


def test_a_package_whose_packed_octets_are_broken() -> None:
    content = bytearray(USUAL.built())
    place = content.index(b"OFD.xml") + len("OFD.xml")
    content[place : place + 30] = b"\xff" * 30
    assert why(bytes(content)) == "damaged"


def test_more_seals_than_are_read() -> None:
    found = read(replace(USUAL, seals=21).built())
    assert (len(found.seals), found.is_cut_short) == (20, True)


def test_a_signed_pdf() -> None:
    signed = a_signed_pdf()
    [seal] = read(signed).seals
    assert (seal.state, seal.name) == (SealState.UNCHANGED, "某市行政审批局")
    [later] = read(signed + b"\n1 0 obj\n<< /Added true >>\nendobj\n").seals
    assert later.state is SealState.ADDED_TO
    [changed] = read(signed.replace(b"/MediaBox", b"/MediaBoy")).seals
    assert changed.state is SealState.CHANGED


def test_a_signature_that_leaves_out_more_than_itself() -> None:
    """A range that skips content would let anybody change what it skips."""
    signed = a_signed_pdf()
    start = signed.index(b"/ByteRange [ 0 ") + 15
    end = signed.index(b" ", start)
    length = signed[start:end]
    shorter = str(int(length) - 10).encode().rjust(len(length))
    [seal] = read(signed[:start] + shorter + signed[end:]).seals
    assert seal.state is SealState.UNREADABLE


def test_pdfs_without_a_signature() -> None:
    found = read(a_pdf(Keywords="1.2.156.3005.2.X"))
    assert found.seals == ()
    assert "1.2.156.3005.2.X" in found.texts


def test_an_encrypted_pdf() -> None:
    import pikepdf

    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_pdf())) as pdf:
        pdf.save(written, encryption=pikepdf.Encryption(owner="x", user="y"))
    assert why(written.getvalue()) == "encrypted"


def test_a_package_that_lies_about_its_sizes() -> None:
    content = bytearray(zipped({"OFD.xml": b"<a/>" * 10_000}))
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = (10).to_bytes(4, "little")
    assert why(bytes(content)) == "damaged"
    assert zipfile.is_zipfile(io.BytesIO(content))
