"""Sheets that people upload: how large one may be, and the sentence that says why it was refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_values.errors import DomainError
from pingshan_values.text import Text


class SheetUnreadable(DomainError):
    """Refuses a file that is no sheet, or breaks a limit. `why`: columns, or one of REASONS."""

    @property
    def sentence(self) -> Text:
        """Returns what to tell whoever uploaded; missing columns are named by the page."""
        return REASONS.get(str(self.params.get("why")), REASONS["not-a-sheet"])


@dataclass(frozen=True, slots=True)
class Limits:
    """Says how large a sheet may be; 5,000 people in nine columns are 165 kB as xlsx (3 MB unpacked)."""

    most_bytes: int = 2 * 1024 * 1024
    most_rows: int = 5_000
    most_columns: int = 40
    seconds: float = 10.0
    """Processor time that reading may take."""

    @property
    def most_cells(self) -> int:
        """Returns cells with or without content; spreadsheets write empty ones for their look."""
        return self.most_rows * self.most_columns

    @property
    def most_characters(self) -> int:
        """Returns those of all cells together, as many as a CSV can have: an xlsx may name one text in every cell."""
        return self.most_bytes

    @property
    def most_elements(self) -> int:
        """Returns XML elements of all parts: a cell with its texts takes up to eight."""
        return 8 * self.most_cells

    @property
    def most_unpacked(self) -> int:
        """Returns the bytes of all unpacked parts of an xlsx."""
        return 16 * self.most_bytes


REASONS: Mapping[str, Text] = {
    "empty": Text("表格里没有数据行。", "The sheet has no row of data."),
    "not-a-sheet": Text(
        "这不是 xlsx 或 CSV 表格，或文件已损坏。", "This is neither an xlsx nor a CSV sheet, or it is damaged."
    ),
    "formulas": Text("表格含有公式或宏。", "The sheet has formulas or macros."),
    "too-large": Text("表格太大。", "The sheet is too large."),
    "too-many-rows": Text("表格的行太多。", "The sheet has too many rows."),
    "too-many-columns": Text("表格的列太多。", "The sheet has too many columns."),
    "too-many-cells": Text(
        "表格的单元格太多（空的也算），请把数据复制到模板里。",
        "The sheet has too many cells, empty ones included; please copy the data into the template.",
    ),
    "entities": Text("表格含有不允许的 XML 声明。", "The sheet has XML declarations that are not allowed."),
    "too-slow": Text("读取表格用时过长，已中止。", "Reading the sheet took too long and was ended."),
}
"""What to tell whoever uploaded, by the `why` of SheetUnreadable; missing columns are named by the page."""
