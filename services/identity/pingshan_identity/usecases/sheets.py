"""Sheets for people to download."""

from collections.abc import Iterable, Sequence

from pingshan_identity.clients import sheets
from pingshan_identity.clients.sheets import MEDIA_TYPES, Format

__all__ = ["MEDIA_TYPES", "Format", "sheet_of"]


def sheet_of(rows: Iterable[Sequence[str]], kind: Format) -> bytes:
    return sheets.write(rows, kind)
