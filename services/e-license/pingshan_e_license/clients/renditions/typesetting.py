"""Sets faces as PDF/A and pictures, in the process of a worker: fonts, Typst and segno are loaded there only.

Typst makes PDF/A itself, embeds subsets of fonts and needs no system library and no network.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingshan_e_license.domain.renditions.face import Face, Format, written_with
from pingshan_e_license.domain.renditions.layout import Codes, SealPlace, Sheet, card, joined, printed

if TYPE_CHECKING:
    from typst import Compiler

FONT_NAME = "Noto Sans CJK SC"
_FONT_NUMBER = 2
"""Its place in the collection. Version 2.004 has 20,976 characters of CJK Unified, 6,582 of extension A and 2,306 of
extensions B to F: the general standard list (通用规范汉字表, level 2 of GB 18030-2022), and of level 3 a part.
"""
_TEMPLATE = Path(__file__).with_name("face.typ")
_KINDS = {"Letters": "text", "Area": "box", "SealPlace": "seal"}
_TRUETYPE_LIMITS = (
    *("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements"),
    *("maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints"),
    *("maxCompositeContours", "maxComponentDepth"),
)
"""Of `maxp`; fontTools computes those of outlines when it writes."""
_PRINT_PPI = 200.0
_CARD_PPI = 304.8
"""Makes 1,080 pixels of 90 mm, as wide as the screens of common phones are."""
_SEAL_PPI = 240.0


def render(face: Face, kind: Format, at: datetime) -> bytes:
    """Returns a PDF/A-2b or a PNG, the same bytes for the same arguments; `at` stands in the PDF as its date."""
    written = legible(face)
    sheets = laid_out(written, kind)
    if kind is Format.PDF:
        return _compiled(_document(written, sheets), archived_at=at)
    ppi = _CARD_PPI if kind is Format.CARD else _PRINT_PPI
    return _compiled(_document(written, [joined(sheets)]), ppi=ppi)


def legible(face: Face) -> Face:
    """Returns the face with the characters that the font lacks written as code points."""
    return written_with(face, lambda character: ord(character) not in _shapes())


def laid_out(face: Face, kind: Format) -> list[Sheet]:
    codes = Codes(_modules(face.scanned), _modules(face.offline) if face.offline else ())
    return (card if kind is Format.CARD else printed)(face, codes, width_of)


def _modules(text: str) -> list[list[bool]]:
    import segno

    made = segno.make(text, error="m", micro=False, boost_error=False)
    return [[bool(module) for module in row] for row in made.matrix]


def seal_picture(place: SealPlace) -> bytes:
    """Returns the seal as a PNG with a transparent ground, of the seal's own size."""
    half = place.size / 2
    sheet = Sheet(place.size, place.size, [SealPlace(half, half, place.size - 1.0, place.text, place.note, place.ink)])
    texts = {"title": place.text, "author": place.text, "keywords": []}
    return _compiled({**texts, **_drawn([sheet]), "transparent": True}, ppi=_SEAL_PPI)


def width_of(text: str) -> float:
    """Returns the width of a text in ems."""
    shapes = _shapes()
    return sum(shapes.get(ord(character), 1.0) for character in text)


def font_subset(text: str) -> bytes:
    """Returns a TrueType font with the shapes of the text's characters, the same bytes for the same characters.

    TrueType, although the font has PostScript outlines: OFD readers, ofdrw among them, take no others.
    """
    from fontTools import subset

    options = subset.Options(hinting=False, desubroutinize=True, notdef_outline=True, layout_features=[])
    options.name_IDs = [1, 2, 4, 6]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    font = _font()
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    _make_truetype(font)
    written = BytesIO()
    font.save(written)
    return written.getvalue()


def _make_truetype(font: Any) -> None:
    """Gives the font quadratic outlines, a thousandth of an em from its cubic ones at most."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    shapes, order = font.getGlyphSet(), font.getGlyphOrder()
    outlines = {}
    for name in order:
        pen = TTGlyphPen(None)
        shapes[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        outlines[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, outlines
    for name in order:
        outlines[name].recalcBounds(font["glyf"])
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(outlines[name], "xMin", 0))
    limits = newTable("maxp")
    limits.tableVersion = 0x00010000
    limits.numGlyphs = len(order)
    for name in _TRUETYPE_LIMITS:
        setattr(limits, name, 1 if name == "maxZones" else 0)
    font["maxp"] = limits
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    del font["CFF "]
    font.sfntVersion = "\0\1\0\0"


def _font() -> Any:
    from fontTools.ttLib import TTFont

    return TTFont(_font_file(), fontNumber=_FONT_NUMBER, lazy=True, recalcTimestamp=False)


def _font_file() -> Path:
    from noto_cjk_sans_otc import FONT_PATH

    return Path(str(FONT_PATH))


@lru_cache(maxsize=1)
def _shapes() -> dict[int, float]:
    """Returns the width in ems of each code point that has a shape."""
    font = _font()
    widths, ems = font["hmtx"], font["head"].unitsPerEm
    return {code: widths[name][0] / ems for code, name in font.getBestCmap().items() if code > 0x1F}


@lru_cache(maxsize=1)
def _compiler() -> "Compiler":
    from typst import Compiler, Fonts

    folders = [str(_font_file().parent)]
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    return Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _compiled(document: dict[str, object], *, ppi: float = 144.0, archived_at: datetime | None = None) -> bytes:
    data = _compiler().compile(
        format="pdf" if archived_at else "png",
        ppi=ppi,
        sys_inputs={"face": json.dumps(document, ensure_ascii=False)},
        pdf_standards="a-2b" if archived_at else [],
        timestamp=archived_at,
    )
    if not isinstance(data, bytes):
        raise TypeError(type(data).__name__)
    return data


def _document(face: Face, sheets: Sequence[Sheet]) -> dict[str, object]:
    texts = {"title": face.title, "author": face.agency, "keywords": [face.identifier]}
    return {**texts, **_drawn(sheets), "transparent": False}


def _drawn(sheets: Sequence[Sheet]) -> dict[str, object]:
    pages = [[{"kind": _KINDS[type(each).__name__], **asdict(each)} for each in sheet.items] for sheet in sheets]
    return {"width": sheets[0].width, "height": sheets[0].height, "pages": pages}
