"""Reads an OFD of anybody's and judges its seals, in the process of a worker: bounded, without entities or network.

Own code: the OFD libraries of PyPI unpack before they look, and judge no seal. Names and namespaces are taken as
vendors write them: with backslashes, with or without a slash in front, in GB 18030, in another namespace or none.
"""

import base64
import hashlib
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from pingshan_e_license.clients.renditions import sm2
from pingshan_e_license.clients.renditions.ses import SM3, NotASealError, Sealing, read_sealing
from pingshan_e_license.domain.renditions.uploads import (
    MOST_ENTRIES,
    MOST_PART,
    MOST_RATIO,
    MOST_SEALS,
    MOST_UNPACKED,
    OFD_NAMESPACE,
    FileKind,
    FileRead,
    SealFound,
    SealState,
    unreadable,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_DIGESTS: Mapping[str, Callable[[bytes], bytes]] = {
    SM3: sm2.sm3,
    "SM3": sm2.sm3,
    "2.16.840.1.101.3.4.2.1": lambda data: hashlib.sha256(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}
_STANDARDS = {4: "GB/T 38540-2020", 1: "GM/T 0031-2014"}
_OF_SIGNATURES = frozenset({"signs", "signatures.xml"})
_MEGABYTE = 1024 * 1024
_UNDECLARED = re.compile(rb"<(\w+):(\w+)")
_DECLARED = rb'<\1:\2 xmlns:\1="' + OFD_NAMESPACE.encode() + rb'"'
"""Puts in the namespace that some vendors leave out: their prefix is declared nowhere."""


def read_ofd(content: bytes) -> FileRead:
    """Returns the texts in which an identifier may stand, and each seal. Raises FileUnreadable."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            package = _Package(archive)
            return _read(package)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise unreadable("damaged") from error
    except (RuntimeError, ValueError, KeyError) as error:  # zipfile raises RuntimeError for what needs a password
        raise unreadable("damaged") from error


class _Package:
    """Finds entries by the names that a package's own files use for them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        entries = archive.infolist()
        _check_bounds(entries)
        self._archive = archive
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._by_folded: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            for name in _names_of(entry):
                if self._entries.setdefault(name, entry) is not entry:
                    raise unreadable("ambiguous")
                self._by_folded.setdefault(name.lower(), entry)
        if "encryptions.xml" in self._by_folded:
            raise unreadable("encrypted")

    @property
    def parts(self) -> list[str]:
        """Returns the name of each entry once."""
        return [_normal(entry.filename) for entry in dict.fromkeys(self._entries.values())]

    def name_of(self, name: str) -> str | None:
        """Returns how the package itself writes a name, or else one that differs in its capitals; None for neither."""
        entry = self._entries.get(_normal(name)) or self._by_folded.get(_normal(name).lower())
        return None if entry is None else _normal(entry.filename)

    def has(self, name: str) -> bool:
        return self.name_of(name) is not None

    def read(self, name: str) -> bytes | None:
        """Returns the content of an entry, None where there is none."""
        known = self.name_of(name)
        return None if known is None else self._archive.read(self._entries[known])

    def xml(self, name: str) -> "_Element | None":
        """Returns the root of an entry; None where it is absent or no XML. Raises FileUnreadable for a DOCTYPE."""
        content = self.read(name)
        return None if content is None else _parsed(content)


@dataclass
class _Found:
    texts: list[str] = field(default_factory=list)
    seals: list[SealFound] = field(default_factory=list)
    is_cut_short: bool = False


def _read(package: _Package) -> FileRead:
    root = package.xml("OFD.xml")
    if root is None:
        raise unreadable("damaged" if package.has("OFD.xml") else "kind")
    found = _Found()
    found.texts.extend(_texts(root, "CustomData", "Keyword", "Title", "Subject", "Abstract"))
    for body in _named(root, "DocBody"):
        document = _first_text(body, "DocRoot")
        for page in _pages(package, document) if document else []:
            content = package.xml(page)
            if content is not None:
                found.texts.extend(_texts(content, "TextCode"))
        signatures = _first_text(body, "Signatures")
        if signatures:
            _judge_all(package, signatures, found)
    return FileRead(FileKind.OFD, tuple(found.texts), tuple(found.seals), found.is_cut_short)


def _pages(package: _Package, document: str) -> list[str]:
    root = package.xml(document)
    if root is None:
        return []
    return [_beside(document, each.get("BaseLoc", "")) for each in _named(root, "Page") if each.get("BaseLoc")]


def _judge_all(package: _Package, signatures: str, found: _Found) -> None:
    root = package.xml(signatures)
    places = [] if root is None else [each.get("BaseLoc", "") for each in _named(root, "Signature")]
    if root is None:
        found.seals.append(SealFound(SealState.UNREADABLE, ""))
    found.is_cut_short |= len(places) > MOST_SEALS
    for place in places[:MOST_SEALS]:
        name = _existing(package, _beside(signatures, place), place)
        found.seals.append(_judged(package, name))


def _judged(package: _Package, name: str) -> SealFound:
    content, root = package.read(name), package.xml(name)
    if content is None or root is None:
        return SealFound(SealState.UNREADABLE, "")
    place = _first_text(root, "SignedValue") or "SignedValue.dat"
    value = package.read(_existing(package, _beside(name, place), place))
    try:
        sealing = read_sealing(value or b"")
    except NotASealError:
        return SealFound(SealState.UNREADABLE, "")
    covered = _covered(package, root, name)
    if covered is None:
        return SealFound(SealState.UNREADABLE, "", sealing.seal.name, sealing.signer, sealing.at)
    intact, names = covered
    unchanged = intact and sealing.holds and sealing.digest == sm2.sm3(content)
    return _found(sealing, unchanged, sum(each not in names and _wants_cover(each) for each in package.parts))


def _found(sealing: Sealing, unchanged: bool, unprotected: int) -> SealFound:  # noqa: FBT001
    seal = sealing.seal
    early = sealing.at and seal.valid_from and sealing.at < seal.valid_from
    late = sealing.at and seal.valid_until and sealing.at > seal.valid_until
    return SealFound(
        state=SealState.UNCHANGED if unchanged else SealState.CHANGED,
        standard=_STANDARDS[seal.version],
        name=seal.name,
        signer=sealing.signer,
        at=sealing.at,
        is_genuine=seal.is_genuine and sealing.may_seal,
        in_force=not (early or late),
        maker_certificate=seal.maker_certificate,
        unprotected_parts=unprotected,
    )


def _covered(package: _Package, root: "_Element", signature: str) -> tuple[bool, frozenset[str]] | None:
    """Returns whether all that the signature covers is as it was, and the names; None for an unknown digest."""
    names: list[str] = []
    intact = True
    for references in _named(root, "References"):
        digest = _DIGESTS.get(references.get("CheckMethod", "").upper().replace("-", ""))
        if digest is None:
            return None
        for reference in _named(references, "Reference"):
            place = reference.get("FileRef", "")
            name = _existing(package, place, _beside(signature, place))
            content = package.read(name)
            intact &= content is not None and digest(content) == _decoded(_first_text(reference, "CheckValue"))
            names.append(package.name_of(name) or name)
    return intact and bool(names), frozenset(names)


def _wants_cover(name: str) -> bool:
    """Returns False for what no seal covers in practice: the root, and the files of signatures themselves."""
    return name != "OFD.xml" and not any(part.lower() in _OF_SIGNATURES for part in name.split("/"))


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None


def _check_bounds(entries: list[zipfile.ZipInfo]) -> None:
    """Raises FileUnreadable beyond a limit; zipfile gives no more octets of an entry than it declares."""
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise unreadable("encrypted")
    sizes = [entry.file_size for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(sizes) > MOST_UNPACKED or max(sizes, default=0) > MOST_PART:
        raise unreadable("limits")
    if any(each.file_size > max(_MEGABYTE, MOST_RATIO * each.compress_size) for each in entries):
        raise unreadable("limits")


def _names_of(entry: zipfile.ZipInfo) -> Iterator[str]:
    """Yields the entry's name, and what it is where its octets are GB 18030, as old programs write them."""
    if entry.is_dir():
        return
    yield _normal(entry.filename)
    if not entry.flag_bits & 0x800:
        try:
            yield _normal(entry.filename.encode("cp437").decode("gb18030"))
        except UnicodeError:
            return


def _normal(name: str) -> str:
    """Returns a name without backslashes, steps upwards or a slash in front."""
    return posixpath.normpath("/" + name.strip().replace("\\", "/")).lstrip("/")


def _beside(file: str, name: str) -> str:
    """Returns a name as the file means it: from the package's root with a slash in front, else from its own folder."""
    if name.strip().replace("\\", "/").startswith("/"):
        return _normal(name)
    return _normal(posixpath.join(posixpath.dirname(_normal(file)), name.strip().replace("\\", "/")))


def _existing(package: _Package, *names: str) -> str:
    """Returns the first name that the package has, else the first."""
    return next((each for each in names if package.has(each)), names[0])


def _parsed(content: bytes) -> "_Element | None":
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    for written in (content, _UNDECLARED.sub(_DECLARED, content, count=1)):
        try:
            root = etree.fromstring(written, parser)
        except etree.XMLSyntaxError:
            continue
        if root.getroottree().docinfo.doctype:
            raise unreadable("doctype")
        return root
    return None


def _named(root: "_Element", name: str) -> Iterator["_Element"]:
    """Yields the elements with the local name, whatever their namespace."""
    yield from root.iter(f"{{*}}{name}")


def _texts(root: "_Element", *names: str) -> Iterator[str]:
    for name in names:
        yield from (each.text for each in _named(root, name) if each.text)


def _first_text(root: "_Element", name: str) -> str:
    return next(_texts(root, name), "").strip()
