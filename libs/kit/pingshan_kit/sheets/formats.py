"""What a sheet may be: its formats, how large it may be, and the refusal of any other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pingshan_values.errors import DomainError
from pingshan_values.text import Text

Format = Literal["xlsx", "csv"]
MEDIA_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=gb18030",
}


class SheetUnreadable(DomainError):
    """Refuses a file that is no sheet, or breaks a limit. `why` is one of `REASONS`."""

    def __init__(self, why: str) -> None:
        super().__init__(why=why)

    @property
    def sentence(self) -> Text:
        return REASONS[str(self.params["why"])]


@dataclass(frozen=True, slots=True)
class Limits:
    most_bytes: int
    most_rows: int
    most_columns: int
    seconds: float
    """Processor time that reading may take."""

    @property
    def most_cells(self) -> int:
        """Returns cells with or without content; spreadsheets write empty ones for their look."""
        return self.most_rows * self.most_columns

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
        "表格的单元格太多（空的也算），请把数据复制到新表格里。",
        "The sheet has too many cells, empty ones included; please copy the data into a new sheet.",
    ),
    "entities": Text("表格含有不允许的 XML 声明。", "The sheet has XML declarations that are not allowed."),
    "too-slow": Text("读取表格用时过长，已中止。", "Reading the sheet took too long and was ended."),
}
"""What to tell whoever uploaded, by the `why` of SheetUnreadable."""


def format_of(content: bytes) -> Format:
    return "xlsx" if content[:2] == b"PK" else "csv"
