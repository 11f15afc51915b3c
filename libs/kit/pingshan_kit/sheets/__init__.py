"""Sheets that people upload and download: `.xlsx`, and CSV in GB 18030 or UTF-8; read and written by a worker."""

from pingshan_kit.sheets.formats import MEDIA_TYPES, Format, Limits, SheetUnreadable, format_of
from pingshan_kit.sheets.sheets import Sheets

__all__ = ["MEDIA_TYPES", "Format", "Limits", "SheetUnreadable", "Sheets", "format_of"]
