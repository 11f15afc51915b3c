"""Sheets for people to download."""

from collections.abc import Sequence

from pingshan_identity.clients.sheets import MEDIA_TYPES, Format
from pingshan_identity.usecases.dependencies import Dependencies

__all__ = ["MEDIA_TYPES", "Format", "sheet_of"]


async def sheet_of(deps: Dependencies, rows: Sequence[Sequence[str]], kind: Format) -> bytes:
    """Returns the sheet. Raises Unavailable where too many are written already."""
    return await deps.sheets.write(rows, kind)
