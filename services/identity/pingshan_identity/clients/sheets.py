"""Sheets: `.xlsx`, and CSV in GB 18030, the encoding of Chinese office programs."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Literal

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from pingshan_values.text import is_storable

from pingshan_identity.domain.errors import SheetUnreadable

Format = Literal["xlsx", "csv"]
MEDIA_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=gb18030",
}
MOST_ROWS = 5_000
_MOST_COLUMNS = 40
_MOST_UNPACKED = 64 * 1024 * 1024
"""Most bytes of an unpacked sheet; one of 5,000 rows has about 3 MB."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def format_of(content: bytes) -> Format:
    return "xlsx" if content[:2] == b"PK" else "csv"


def read(content: bytes) -> list[list[str]]:
    """Returns every row as text, without empty ones at the end; leading zeros and 18 digits stay as they are.

    Raises SheetUnreadable for files that are no sheet, have formulas, no row or more than 5,000 rows.
    """
    rows = _read_xlsx(content) if format_of(content) == "xlsx" else _read_csv(content)
    if not is_storable(rows):
        raise SheetUnreadable(why="not-a-sheet")
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) - 1 > MOST_ROWS:
        raise SheetUnreadable(why="too-many-rows")
    if len(rows) < 2:
        raise SheetUnreadable(why="empty")
    width = max((number for number, text in enumerate(rows[0], 1) if text), default=0)
    return [(row + [""] * width)[:width] for row in rows]


def write(rows: Iterable[Sequence[str]], kind: Format) -> bytes:
    """Returns the sheet with every cell as text, so that none becomes a formula (OWASP CSV injection)."""
    return _write_xlsx(rows) if kind == "xlsx" else _write_csv(rows)


def _read_csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig") if content.startswith(b"\xef\xbb\xbf") else content.decode("gb18030")
    except UnicodeDecodeError as error:
        raise SheetUnreadable(why="not-a-sheet") from error
    try:
        return [[_clean(cell) for cell in row[:_MOST_COLUMNS]] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise SheetUnreadable(why="not-a-sheet") from error


def _read_xlsx(content: bytes) -> list[list[str]]:
    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        found: list[list[str]] = []
        for row in sheet.iter_rows(max_col=_MOST_COLUMNS):
            found.append([_cell(cell) for cell in row])
            if len(found) > MOST_ROWS + 1:
                raise SheetUnreadable(why="too-many-rows")
        book.close()
    except (
        InvalidFileException,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        zipfile.BadZipFile,
        SyntaxError,
    ) as error:
        raise SheetUnreadable(why="not-a-sheet") from error
    return found


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
    except zipfile.BadZipFile as error:
        raise SheetUnreadable(why="not-a-sheet") from error
    if sum(entry.file_size for entry in entries) > _MOST_UNPACKED or len(entries) > 200:
        raise SheetUnreadable(why="too-large")
    if any(entry.filename.endswith("vbaProject.bin") for entry in entries):
        raise SheetUnreadable(why="formulas")


def _cell(cell: object) -> str:
    value, kind = getattr(cell, "value", None), getattr(cell, "data_type", "")
    if kind == "f":
        raise SheetUnreadable(why="formulas")
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _clean(value.date().isoformat() if hasattr(value, "date") and callable(value.date) else str(value))


def _clean(text: str) -> str:
    return text.strip().removeprefix("'")


def _write_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"
            cell.number_format = "@"
            cells.append(cell)
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in row])
    return buffer.getvalue().encode("gb18030")
