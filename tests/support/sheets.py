"""Reads the sheets that pages give away."""

from pingshan_kit import sheets
from pingshan_kit.sheets import Limits


def read_sheet(content: bytes) -> list[list[str]]:
    """Returns every row as text, within the usual limits."""
    return sheets.read(content, Limits())
