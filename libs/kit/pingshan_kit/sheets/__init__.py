"""Sheets that people upload and download: `.xlsx`, and CSV in GB 18030 or UTF-8; read and written by a worker."""

from pingshan_values.sheet import Limits, SheetUnreadable

from pingshan_kit.sheets.sheets import MEDIA_TYPES, Format, Sheets, format_of, read, write

__all__ = ["MEDIA_TYPES", "Format", "Limits", "SheetUnreadable", "Sheets", "format_of", "read", "write"]
