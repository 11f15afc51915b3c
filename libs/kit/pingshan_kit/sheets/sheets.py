"""Sheets: `.xlsx`, and CSV in GB 18030, the encoding of Chinese office programs; read and written by a worker."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from pingshan_values.sheet import Limits, SheetUnreadable
from pingshan_values.text import is_storable

from pingshan_kit.sheets.inspection import inspect
from pingshan_kit.worker import WorkEnded, Worker

Format = Literal["xlsx", "csv"]
MEDIA_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=gb18030",
}
_WRITE_SECONDS = 30.0
"""Processor time; a sheet of 20,000 rows takes 3 s."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that office programs may execute (OWASP CSV injection); Chinese ones know full-width ones."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no form for (XML 1.0 section 2.2), and a CSV may hold."""


class Sheets:
    """Reads and writes sheets outside the event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._worker = Worker("openpyxl")

    async def read(self, content: bytes) -> list[list[str]]:
        """Returns every row as `read` does. Raises SheetUnreadable, Unavailable where too many sheets wait."""
        if len(content) > self._limits.most_bytes:
            raise SheetUnreadable(why="too-large")
        try:
            return await self._worker.run(read, content, self._limits, seconds=self._limits.seconds)
        except WorkEnded as error:
            raise SheetUnreadable(why="too-slow") from error

    async def write(self, rows: Sequence[Sequence[str]], kind: Format) -> bytes:
        """Returns the sheet as `write` does. Raises Unavailable where too many sheets wait."""
        return await self._worker.run(write, rows, kind, seconds=_WRITE_SECONDS)

    async def close(self) -> None:
        await self._worker.close()


def format_of(content: bytes) -> Format:
    return "xlsx" if content[:2] == b"PK" else "csv"


def read(content: bytes, limits: Limits) -> list[list[str]]:
    """Returns every row as text, without empty ones at the end; leading zeros and 18 digits stay as they are.

    Raises SheetUnreadable for files that are no sheet, have formulas or no row, or break a limit.
    """
    rows = _read_xlsx(content, limits) if format_of(content) == "xlsx" else _read_csv(content, limits)
    if not is_storable(rows):
        raise SheetUnreadable(why="not-a-sheet")
    if len(rows) < 2:
        raise SheetUnreadable(why="empty")
    width = max((number for number, text in enumerate(rows[0], 1) if text), default=0)
    return [(row + [""] * width)[:width] for row in rows]


def write(rows: Iterable[Sequence[str]], kind: Format) -> bytes:
    """Returns the sheet with every cell as text, so that none becomes a formula (OWASP CSV injection)."""
    return _write_xlsx(rows) if kind == "xlsx" else _write_csv(rows)


def _read_csv(content: bytes, limits: Limits) -> list[list[str]]:
    try:
        rows = csv.reader(io.StringIO(_decoded(content), newline=""))
        return _bounded(([_clean(cell) for cell in row] for row in rows), limits)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetUnreadable(why="not-a-sheet") from error


def _decoded(content: bytes) -> str:
    """Returns the text: UTF-8, where it is that, also without a mark; GB 18030 otherwise. Raises UnicodeDecodeError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _read_xlsx(content: bytes, limits: Limits) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        inspect(content, limits)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        rows = book.worksheets[0].iter_rows(max_col=limits.most_columns)
        found = _bounded(([_cell(cell) for cell in row] for row in rows), limits)
        book.close()
    except SheetUnreadable:
        raise
    except Exception as error:  # zipfile and openpyxl raise whatever a damaged file leads them to
        raise SheetUnreadable(why="not-a-sheet") from error
    return found


def _bounded(rows: Iterable[list[str]], limits: Limits) -> list[list[str]]:
    """Returns the rows, and stops where they break a limit; empty rows and cells at the ends do not count."""
    found: list[list[str]] = []
    empty = characters = 0
    for row in rows:
        if not any(row):
            empty += 1
            if empty > limits.most_rows:
                raise SheetUnreadable(why="too-many-rows")
            continue
        if len(found) + empty > limits.most_rows:
            raise SheetUnreadable(why="too-many-rows")
        if any(row[limits.most_columns :]):
            raise SheetUnreadable(why="too-many-columns")
        characters += sum(map(len, row))
        if characters > limits.most_characters:
            raise SheetUnreadable(why="too-large")
        found.extend([[]] * empty)
        found.append(row[: limits.most_columns])
        empty = 0
    return found


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
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=_NO_XML.sub("?", text))
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
