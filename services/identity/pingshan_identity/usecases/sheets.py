"""Sheets for people to download."""

from collections.abc import Sequence

from pingshan_kit.sheets import MEDIA_TYPES, Format

from pingshan_identity.usecases.dependencies import Dependencies

__all__ = ["MEDIA_TYPES", "MOST_ROWS", "Format", "sheet_of", "with_what_is_left_out"]

MOST_ROWS = 20_000
"""Most rows of one export, besides its heads."""


def with_what_is_left_out(rows: Sequence[Sequence[str]], *, most: int, heads: Sequence[str]) -> list[Sequence[str]]:
    """Returns heads and the first `most` rows; where there are more, a last row says so, and how to get them."""
    if len(rows) <= most:
        return [heads, *rows]
    zh = f"未完：只有前 {most} 行，请缩小查询范围后分次导出"
    en = f"Not complete: only the first {most} rows; narrow the search and export again"
    return [heads, *rows[:most], (f"{zh} / {en}", *("" for _ in heads[1:]))]


async def sheet_of(deps: Dependencies, rows: Sequence[Sequence[str]], kind: Format) -> bytes:
    """Returns the sheet. Raises Unavailable where too many are written already."""
    return await deps.sheets.write(rows, kind)
