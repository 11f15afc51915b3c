"""Sheets that people upload: how large one may be, and the sentence that says which limit it broke.

5,000 people in nine columns are 165 kB as xlsx (3 MB unpacked, 45,000 cells), 305 kB as CSV, and read in 0.6 s.
"""

from collections.abc import Mapping

from pingshan_values.errors import DomainError
from pingshan_values.text import Text

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 40
MOST_CELLS = MOST_ROWS * MOST_COLUMNS
"""Cells with or without content; spreadsheets write empty ones for their look."""
MOST_CHARACTERS = MOST_BYTES
"""Of all cells together, as many as a CSV can have: an xlsx writes a text once and names it in every cell."""
MOST_UNPACKED = 32 * 1024 * 1024
"""Bytes of all unpacked parts of an xlsx."""
MOST_PARTS = 200
MOST_ELEMENTS = 8 * MOST_CELLS
"""XML elements of all parts: a cell with its texts takes up to eight."""
MOST_DEPTH = 64
"""XML elements within each other."""
SECONDS = 10.0
"""Processor time that reading may take."""

_TOO_LARGE = Text(
    "表格太大：最多 2 MB、5000 行、40 列。", "The sheet is too large: at most 2 MB, 5,000 rows and 40 columns."
)

REASONS: Mapping[str, Text] = {
    "empty": Text("表格里没有数据行。", "The sheet has no row of data."),
    "not-a-sheet": Text(
        "这不是 xlsx 或 CSV 表格，或文件已损坏。", "This is neither an xlsx nor a CSV sheet, or it is damaged."
    ),
    "formulas": Text("表格含有公式或宏。", "The sheet has formulas or macros."),
    "too-large": _TOO_LARGE,
    "too-many-rows": Text("表格超过 5000 行。", "The sheet has more than 5,000 rows."),
    "too-many-columns": Text("表格超过 40 列。", "The sheet has more than 40 columns."),
    "too-many-cells": Text(
        "表格的单元格太多（空的也算），请把数据复制到模板里。",
        "The sheet has too many cells, empty ones included; please copy the data into the template.",
    ),
    "entities": Text("表格含有不允许的 XML 声明。", "The sheet has XML declarations that are not allowed."),
    "too-slow": Text("读取表格用时过长，已中止。", "Reading the sheet took too long and was ended."),
}
"""What to tell whoever uploaded, by the `why` of SheetUnreadable; missing columns are named by the page."""


class SheetUnreadable(DomainError):
    """States that a sheet cannot be read. `why`: columns, or one of REASONS."""
