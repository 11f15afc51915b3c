"""Where each letter and line of a face stands. One layout for all formats, so that they show the same.

Own code: the library that sets the PDF cannot write OFD, and two layouts would part.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pingshan_e_license.domain.renditions.face import Face

INK, MUTED, BRAND, RED, WHITE = "#1b2430", "#5b6875", "#075d45", "#c8102e", "#ffffff"
_NOT_FIRST = "，。、；：！？）》」』】〕％…—·,.;:!?)]}%"
"""Never at the beginning of a line (kinsoku, GB/T 15834)."""
_HINT = "左码联网核验；没有网络时，执法终端扫右码与本页对照。状态以核验结果为准。"
_HINT_ALONE = "扫码得到电子证照标识，在核验页面或政务服务窗口核验。状态以核验结果为准。"
SEAL_NOTE = "演示专用"
"""Stands in every seal: the seal port of this platform is a simulator, and its seals have no legal effect."""
SEAL_SIZE = 42.0
_LOWEST, _ABOVE_FOOT = 268.0, 212.0
"""Lowest baseline of a row; and where the foot of the last sheet begins."""


Modules = Sequence[Sequence[bool]]
"""Rows of a QR code, True for dark."""


@dataclass(frozen=True, slots=True)
class Codes:
    identifier: Modules
    offline: Modules = ()
    """Empty where the face has no such code."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A line of text; `x` is its left end, `y` its baseline, all in millimetres."""

    x: float
    y: float
    size: float
    text: str
    ink: str = INK


@dataclass(frozen=True, slots=True)
class Area:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    ink: str = INK


@dataclass(frozen=True, slots=True)
class SealPlace:
    """The middle of the seal."""

    x: float
    y: float
    size: float
    text: str
    note: str = SEAL_NOTE
    ink: str = RED


Item = Letters | Area | SealPlace
WidthOf = Callable[[str], float]
"""Returns the width of a text in ems."""


@dataclass(frozen=True)
class Sheet:
    width: float
    height: float
    items: list[Item] = field(default_factory=list)

    @property
    def seal(self) -> SealPlace | None:
        return next((each for each in self.items if isinstance(each, SealPlace)), None)


def printed(face: Face, codes: Codes, width_of: WidthOf) -> list[Sheet]:
    """Returns the face on sheets of A4: the last one has the QR code, the identifier and the seal."""
    sheets = [_a4()]
    _head(sheets[0], face, width_of)
    y = 92.0
    for label, value in [*face.rows, ("有效期限", face.period)]:
        for number, line in enumerate(_lines(value, 112.0 / 4.6, width_of)):
            if y > _LOWEST:
                sheets.append(_a4())
                y = 40.0
            if number == 0:
                sheets[-1].items.extend(_label(label, y, width_of))
            sheets[-1].items.append(Letters(72.0, y, 4.6, line))
            y += 7.4
        y += 2.2
    if y > _ABOVE_FOOT:
        sheets.append(_a4())
    _foot(sheets[-1], face, codes, width_of)
    for number, sheet in enumerate(sheets, 1):
        text = f"第 {number} 页　共 {len(sheets)} 页" if len(sheets) > 1 else ""
        sheet.items.extend(_centred(text, 105.0, 283.0, 3.2, width_of, MUTED))
    return sheets


def card(face: Face, codes: Codes, width_of: WidthOf) -> list[Sheet]:
    """Returns one sheet of the shape of a phone's screen, with a QR code that fills most of its width."""
    sheet = Sheet(90.0, 160.0, [Area(0, 0, 90.0, 160.0, WHITE), Area(0, 0, 90.0, 26.0, BRAND)])
    size = min(6.4, 78.0 / max(width_of(face.title), 1.0))
    sheet.items.append(Letters(6.0, 13.0, size, face.title, WHITE))
    size = min(3.4, 78.0 / max(width_of(face.agency), 1.0))
    sheet.items.append(Letters(6.0, 20.5, size, face.agency, WHITE))
    y = 34.0
    for line in _lines_on_card(face.holder, width_of):
        sheet.items.append(Letters(6.0, y, 5.0, line))
        y += 7.0
    for label, value in (("流水号", face.serial_number), ("有效期限", face.period)):
        sheet.items.append(Letters(6.0, y, 3.2, label, MUTED))
        sheet.items.append(Letters(22.0, y, 3.4, value))
        y += 5.6
    if face.ended:
        sheet.items.append(Letters(6.0, y, 4.2, face.ended, RED))
    sheet.items.extend(_squares(codes.identifier, 15.0, 66.0, 60.0))
    y = 133.0
    for group in face.groups:
        sheet.items.extend(_centred(group, 45.0, y, min(2.9, 84.0 / max(width_of(group), 1.0)), width_of))
        y += 4.6
    sheet.items.extend(_centred("请以扫码核验的结果为准", 45.0, 153.0, 3.4, width_of, MUTED))
    return [sheet]


def _lines_on_card(holder: str, width_of: WidthOf) -> list[str]:
    """Returns two lines at most, and says so where the name is longer."""
    lines = _lines(holder, 78.0 / 5.0, width_of)
    return lines if len(lines) <= 2 else [lines[0], f"{lines[1][:-1]}…"]


def _a4() -> Sheet:
    sheet = Sheet(210.0, 297.0)
    sheet.items.extend(_frame(10.0, 10.0, 190.0, 277.0, 0.9))
    sheet.items.extend(_frame(12.2, 12.2, 185.6, 272.6, 0.25))
    return sheet


def _frame(x: float, y: float, width: float, height: float, line: float) -> list[Item]:
    return [
        Area(x, y, width, line, BRAND),
        Area(x, y + height - line, width, line, BRAND),
        Area(x, y, line, height, BRAND),
        Area(x + width - line, y, line, height, BRAND),
    ]


def _head(sheet: Sheet, face: Face, width_of: WidthOf) -> None:
    sheet.items.extend(_centred("深圳市坪山区电子证照", 105.0, 34.0, 5.0, width_of, BRAND))
    size = min(12.0, 160.0 / max(width_of(face.title), 1.0))
    sheet.items.extend(_centred(face.title, 105.0, 56.0, size, width_of))
    sheet.items.append(Area(85.0, 64.0, 40.0, 0.6, BRAND))
    if face.ended:
        sheet.items.extend(_centred(face.ended, 105.0, 78.0, 7.0, width_of, RED))


def _label(label: str, y: float, width_of: WidthOf) -> list[Item]:
    lines = _lines(label, 42.0 / 4.2, width_of)
    return [Letters(24.0, y + 5.2 * number, 4.2, line, MUTED) for number, line in enumerate(lines[:2])]


def _foot(sheet: Sheet, face: Face, codes: Codes, width_of: WidthOf) -> None:
    sheet.items.extend(_squares(codes.identifier, 24.0, 214.0, 36.0))
    sheet.items.append(Letters(24.0, 257.0, 3.2, "电子证照标识", MUTED))
    for number, group in enumerate(face.groups):
        sheet.items.append(Letters(24.0, 262.0 + 4.4 * number, 3.2, group))
    if codes.offline:
        sheet.items.extend(_squares(codes.offline, 66.0, 214.0, 40.0))
    sheet.items.append(Letters(24.0, 278.0, 2.6, _HINT if codes.offline else _HINT_ALONE, MUTED))
    sheet.items.extend(_missing(face))
    sheet.items.extend(_centred(face.agency, 150.0, 236.0, min(5.4, 80.0 / max(width_of(face.agency), 1.0)), width_of))
    sheet.items.extend(_centred(face.issued_on, 150.0, 245.0, 4.6, width_of))
    sheet.items.append(SealPlace(150.0, 233.0, SEAL_SIZE, face.agency))


def _missing(face: Face) -> list[Item]:
    if not face.missing:
        return []
    return [Letters(124.0, 270.0, 2.4, "字库暂缺的字以〔U+Unicode 码位〕写出，以核验结果为准。", MUTED)]


def _squares(qr: Modules, x: float, y: float, size: float) -> Iterator[Item]:
    """Yields each run of dark modules as one area."""
    module = size / len(qr)
    for row, modules in enumerate(qr):
        start = None
        for column, dark in enumerate([*modules, False]):
            if dark and start is None:
                start = column
            if not dark and start is not None:
                width = (column - start) * module
                yield Area(x + start * module, y + row * module, width, module, "#000000")
                start = None


def _centred(text: str, middle: float, y: float, size: float, width_of: WidthOf, ink: str = INK) -> list[Item]:
    return [Letters(middle - width_of(text) * size / 2, y, size, text, ink)] if text else []


def _lines(text: str, ems: float, width_of: WidthOf) -> list[str]:
    """Breaks a text into lines of at most so many ems; a mark that must not begin one takes its character with it."""
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for character in part:
            if line and width_of(line + character) > ems:
                kept = len(line) - 1 if character in _NOT_FIRST and len(line) > 1 else len(line)
                lines.append(line[:kept])
                line = line[kept:]
            line += character
        lines.append(line)
    return lines


def joined(sheets: Sequence[Sheet]) -> Sheet:
    """Returns one sheet with all of them, one below the other, as a picture shows them."""
    whole = Sheet(sheets[0].width, sum(each.height for each in sheets))
    top = 0.0
    for sheet in sheets:
        whole.items.extend(replace(each, y=each.y + top) for each in sheet.items)
        top += sheet.height
    return whole
