"""Reads files of a bulk issue row by row, so that 100,000 rows need no more memory than a few."""

import codecs
import csv
import io
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import BinaryIO

from pingshan_kit.fair import in_turns
from pingshan_kit.sheets import Sheets
from pingshan_values.sheet import SheetUnreadable
from pingshan_values.text import is_storable

from pingshan_e_license.domain.issuing.bulk_issue import MOST_COLUMNS, MOST_LINE, MOST_ROWS, BulkFormat

Numbered = tuple[int, list[str]]
"""A row with its number in the file, from 1."""

_PIECE = 500
_BOM = codecs.BOM_UTF8


def format_of(file: BinaryIO) -> BulkFormat:
    """Returns the format by the first characters: a zip archive is xlsx, and an object begins JSON Lines."""
    start = file.read(64)
    file.seek(0)
    if start[:2] == b"PK":
        return BulkFormat.XLSX
    return BulkFormat.JSON_LINES if start.removeprefix(_BOM).lstrip()[:1] == b"{" else BulkFormat.CSV


async def pieces(sheets: Sheets, file: BinaryIO, kind: BulkFormat) -> AsyncIterator[list[Numbered]]:
    """Yields the rows with their numbers, up to 500 at a time, without empty ones; of JSON Lines, a row is one text.

    Raises SheetUnreadable where the file is none of its format or breaks a limit, Unavailable where too many sheets
    are read already.
    """
    if kind is BulkFormat.XLSX:
        rows = iter(await sheets.read(file.read()))
    else:
        rows = _lines(file) if kind is BulkFormat.JSON_LINES else _csv(file)
    numbered = _checked(rows)
    found = 0
    while piece := await in_turns(islice(numbered, _PIECE)):
        found += len(piece)
        if found > MOST_ROWS + 1:  # with the heads
            raise SheetUnreadable(why="too-many-rows")
        yield piece


def _checked(rows: Iterator[list[str]]) -> Iterator[Numbered]:
    try:
        for number, row in enumerate(rows, 1):
            if not is_storable(row):
                raise SheetUnreadable(why="not-a-sheet")
            if len(row) > MOST_COLUMNS or any(len(text) > MOST_LINE for text in row):
                raise SheetUnreadable(why="too-long")
            if any(row):
                yield number, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetUnreadable(why="not-a-sheet") from error


def _csv(file: BinaryIO) -> Iterator[list[str]]:
    is_utf8 = file.read(len(_BOM)) == _BOM
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig" if is_utf8 else "gb18030", newline="")
    try:
        for row in csv.reader(text):
            yield [cell.strip().removeprefix("'") for cell in row]
    finally:
        text.detach()


def _lines(file: BinaryIO) -> Iterator[list[str]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n")
    try:
        while line := text.readline(MOST_LINE + 3):  # a longer one is refused by what follows
            yield [line.strip()]
    finally:
        text.detach()
