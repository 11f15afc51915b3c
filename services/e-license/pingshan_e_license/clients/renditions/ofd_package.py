"""Writes a face as a sealed OFD (GB/T 33190-2016), in the process of a worker.

Own code: the OFD libraries of PyPI read, or make pages of pictures. The layout is the one of the PDF.
"""

import base64
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from itertools import count, groupby
from typing import TYPE_CHECKING

from pingshan_e_license.clients.renditions import sm2
from pingshan_e_license.clients.renditions.seals import SealSimulator
from pingshan_e_license.clients.renditions.ses import SM2_WITH_SM3, SM3
from pingshan_e_license.clients.renditions.typesetting import (
    FONT_NAME,
    font_subset,
    laid_out,
    legible,
    seal_picture,
    width_of,
)
from pingshan_e_license.domain.renditions.face import Face, Format
from pingshan_e_license.domain.renditions.layout import Area, Item, Letters, SealPlace, Sheet
from pingshan_e_license.domain.renditions.uploads import OFD_NAMESPACE

if TYPE_CHECKING:
    from lxml.etree import _Element

_FONT_ID, _FIRST_PAGE_ID = 2, 10
_SIGN = "/Doc_0/Signs/Sign_0"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry, so that the same face has the same octets."""


def render_ofd(face: Face, at: datetime, agency: str, seals: SealSimulator) -> bytes:
    """Returns the package, the same octets for the same arguments; `at` is when it was sealed, `agency` a code."""
    written = legible(face)
    sheets = laid_out(written, Format.OFD)
    entries = _document(written, sheets, at)
    place = next(sheet.seal for sheet in sheets if sheet.seal)
    page = _page_id(len(sheets) - 1)
    seal = seals.seal(agency, face.agency, seal_picture(place), round(place.size))
    signature = _signature(entries, place, page, at)
    about = f"{_SIGN}/Signature.xml"
    entries |= {
        "Doc_0/Signs/Signatures.xml": _signatures(),
        f"{_SIGN[1:]}/Seal.esl": seal,
        about[1:]: signature,
        f"{_SIGN[1:]}/SignedValue.dat": seals.sealed(agency, face.agency, seal, signature, about, at),
    }
    return packed(entries)


def packed(entries: Mapping[str, bytes]) -> bytes:
    """Returns a ZIP of the entries in their order, without anything of the time or the machine."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, content in entries.items():
            package.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _document(face: Face, sheets: Sequence[Sheet], at: datetime) -> dict[str, bytes]:
    ids = count(_FIRST_PAGE_ID + 2 * len(sheets))
    pages = {f"Doc_0/Pages/Page_{number}/Content.xml": _page(number, sheet, ids) for number, sheet in enumerate(sheets)}
    letters = {each.text for sheet in sheets for each in sheet.items if isinstance(each, Letters)}
    return {
        "OFD.xml": _root(face, at),
        "Doc_0/Document.xml": _index(sheets, next(ids)),
        "Doc_0/PublicRes.xml": _resources(),
        **pages,
        "Doc_0/Res/face.ttf": font_subset("".join(sorted(letters))),
    }


def _root(face: Face, at: datetime) -> bytes:
    root = _element("OFD", Version="1.0", DocType="OFD")
    body = _add(root, "DocBody")
    info = _add(body, "DocInfo")
    _add(info, "DocID", sha256(f"{face.identifier} {at.isoformat()}".encode()).hexdigest()[:32])
    _add(info, "Title", face.title)
    _add(info, "Author", face.agency)
    _add(info, "CreationDate", at.date().isoformat())
    _add(_add(info, "Keywords"), "Keyword", face.identifier)
    _add(info, "Creator", "Smart Pingshan e-license")
    _add(_add(info, "CustomDatas"), "CustomData", face.identifier, Name="license_identifier")
    _add(body, "DocRoot", "Doc_0/Document.xml")
    _add(body, "Signatures", "Doc_0/Signs/Signatures.xml")
    return _written(root)


def _index(sheets: Sequence[Sheet], largest: int) -> bytes:
    root = _element("Document")
    common = _add(root, "CommonData")
    _add(common, "MaxUnitID", str(largest))
    _add(_add(common, "PageArea"), "PhysicalBox", _numbers(0, 0, sheets[0].width, sheets[0].height))
    _add(common, "PublicRes", "PublicRes.xml")
    pages = _add(root, "Pages")
    for number in range(len(sheets)):
        _add(pages, "Page", ID=str(_page_id(number)), BaseLoc=f"Pages/Page_{number}/Content.xml")
    return _written(root)


def _resources() -> bytes:
    root = _element("Res", BaseLoc="Res")
    font = _add(_add(root, "Fonts"), "Font", ID=str(_FONT_ID), FontName=FONT_NAME, FamilyName=FONT_NAME)
    _add(font, "FontFile", "face.ttf")
    return _written(root)


def _page(number: int, sheet: Sheet, ids: Iterator[int]) -> bytes:
    root = _element("Page")
    _add(_add(root, "Area"), "PhysicalBox", _numbers(0, 0, sheet.width, sheet.height))
    layer = _add(_add(root, "Content"), "Layer", ID=str(_page_id(number) + 1), Type="Body")
    for (kind, ink), items in groupby(sheet.items, _kind_and_ink):
        together = list(items)
        if kind is Area:
            _add_areas(layer, [each for each in together if isinstance(each, Area)], ink, ids)
        for each in together:
            if isinstance(each, Letters):
                _add_letters(layer, each, ids)
    return _written(root)


def _kind_and_ink(item: Item) -> tuple[type, str]:
    return type(item), item.ink


def _add_letters(layer: "_Element", letters: Letters, ids: Iterator[int]) -> None:
    steps = [width_of(each) * letters.size for each in letters.text]
    ascent = letters.size
    place = _numbers(letters.x, letters.y - ascent, sum(steps) + letters.size, letters.size * 1.4)
    drawn = _add(
        layer, "TextObject", ID=str(next(ids)), Boundary=place, Font=str(_FONT_ID), Size=_numbers(letters.size)
    )
    _add(drawn, "FillColor", Value=_colour(letters.ink))
    code = _add(drawn, "TextCode", letters.text, X="0", Y=_numbers(ascent))
    if len(steps) > 1:
        code.set("DeltaX", _numbers(*steps[:-1]))


def _add_areas(layer: "_Element", areas: Sequence[Area], ink: str, ids: Iterator[int]) -> None:
    left, top = min(each.x for each in areas), min(each.y for each in areas)
    right, bottom = max(each.x + each.width for each in areas), max(each.y + each.height for each in areas)
    place = _numbers(left, top, right - left, bottom - top)
    drawn = _add(layer, "PathObject", ID=str(next(ids)), Boundary=place, Stroke="false", Fill="true")
    _add(drawn, "FillColor", Value=_colour(ink))
    _add(drawn, "AbbreviatedData", " ".join(_outline(each, left, top) for each in areas))


def _outline(area: Area, left: float, top: float) -> str:
    x, y = area.x - left, area.y - top
    corners = ((x + area.width, y), (x + area.width, y + area.height), (x, y + area.height))
    return f"M {_numbers(x, y)} {' '.join(f'L {_numbers(*corner)}' for corner in corners)} C"


def _signatures() -> bytes:
    root = _element("Signatures")
    _add(root, "MaxSignId", "1")
    _add(root, "Signature", ID="1", Type="Seal", BaseLoc=f"{_SIGN}/Signature.xml")
    return _written(root)


def _signature(entries: Mapping[str, bytes], place: SealPlace, page: int, at: datetime) -> bytes:
    root = _element("Signature")
    info = _add(root, "SignedInfo")
    _add(info, "Provider", ProviderName="pingshan seal simulator", Version="1.0", Company="pingshan")
    _add(info, "SignatureMethod", SM2_WITH_SM3)
    _add(info, "SignatureDateTime", f"{at:%Y%m%d%H%M%S}Z")
    references = _add(info, "References", CheckMethod=SM3)
    for name, content in entries.items():
        reference = _add(references, "Reference", FileRef=f"/{name}")
        _add(reference, "CheckValue", base64.b64encode(sm2.sm3(content)).decode())
    half = place.size / 2
    box = _numbers(place.x - half, place.y - half, place.size, place.size)
    _add(info, "StampAnnot", ID="1", PageRef=str(page), Boundary=box)
    _add(_add(info, "Seal"), "BaseLoc", f"{_SIGN}/Seal.esl")
    _add(root, "SignedValue", f"{_SIGN}/SignedValue.dat")
    return _written(root)


def _page_id(number: int) -> int:
    return _FIRST_PAGE_ID + 2 * number


def _colour(ink: str) -> str:
    return " ".join(str(int(ink[start : start + 2], 16)) for start in (1, 3, 5))


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in values)


def _element(name: str, **attributes: str) -> "_Element":
    from lxml import etree

    return etree.Element(f"{{{OFD_NAMESPACE}}}{name}", attributes, {"ofd": OFD_NAMESPACE})


def _add(parent: "_Element", name: str, text: str | None = None, **attributes: str) -> "_Element":
    from lxml import etree

    child = etree.SubElement(parent, f"{{{OFD_NAMESPACE}}}{name}", attributes)
    child.text = text
    return child


def _written(root: "_Element") -> bytes:
    from lxml import etree

    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
