"""Looks through an xlsx part by part, before openpyxl builds anything of it, and stops at the first limit.

Own code: openpyxl reads whatever an archive unpacks to, and counts neither cells nor elements; defusedxml refuses
entities, and has no limits of size.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO
from xml.parsers import expat

from pingshan_values.sheet import Limits, SheetUnreadable

_MOST_PARTS = 200
_MOST_DEPTH = 64
"""XML elements within each other."""
_CHUNK = 64 * 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Those of office programs (ECMA-376 part 2); of others a few bytes unpack to gigabytes before they are counted."""
_PLACE = re.compile(r"[A-Z]+")
_CONTENT = frozenset({"v", "is", "f"})


def inspect(content: bytes, limits: Limits) -> None:
    """Raises SheetUnreadable for what breaks a limit, or has macros, a DOCTYPE or entities.

    Of what is no archive, or a damaged one, `zipfile` and the decompressors raise what they like.
    """
    counts = _Counts(limits)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for entry in _entries(packed, limits):
            with packed.open(entry) as part:
                _inspect_part(part, counts)


def _entries(packed: zipfile.ZipFile, limits: Limits) -> Iterator[zipfile.ZipInfo]:
    entries = packed.infolist()
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise SheetUnreadable(why="not-a-sheet")
    # zipfile gives no more bytes of an entry than it declares, and of these methods unpacks no more at a time
    if len(entries) > _MOST_PARTS or sum(entry.file_size for entry in entries) > limits.most_unpacked:
        raise SheetUnreadable(why="too-large")
    if any(entry.filename.endswith("vbaProject.bin") for entry in entries):
        raise SheetUnreadable(why="formulas")
    yield from entries


class _Counts:
    """Counts elements and cells of all parts."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements = 0
        self.cells = 0


class _Part:
    """Takes the elements of one part as they come."""

    def __init__(self, counts: _Counts) -> None:
        self._counts = counts
        self._depth = 0
        self._column = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Raises SheetUnreadable at the first limit that is broken."""
        counts, local = self._counts, name.rpartition(":")[2]
        counts.elements += 1
        self._depth += 1
        if counts.elements > counts.limits.most_elements or self._depth > _MOST_DEPTH:
            raise SheetUnreadable(why="too-large")
        if local == "row":
            self._column = 0
        elif local == "c":
            counts.cells += 1
            self._column = _column(attributes.get("r", "")) or self._column + 1
            if counts.cells > counts.limits.most_cells:
                raise SheetUnreadable(why="too-many-cells")
        elif local in _CONTENT and self._column > counts.limits.most_columns:
            raise SheetUnreadable(why="too-many-columns")

    def end(self, _name: str) -> None:
        self._depth -= 1


def _inspect_part(part: IO[bytes], counts: _Counts) -> None:
    """Looks at a part that is XML; where it is not well formed, openpyxl stops at the same place."""
    chunk = part.read(_CHUNK)
    if not chunk.lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n").startswith(b"<"):
        return
    parser, seen = expat.ParserCreate(), _Part(counts)
    parser.StartElementHandler, parser.EndElementHandler = seen.begin, seen.end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_declaration
    with suppress(expat.ExpatError):
        while chunk:
            parser.Parse(chunk)
            chunk = part.read(_CHUNK)


def _refuse_declaration(*_: object) -> None:
    raise SheetUnreadable(why="entities")


def _column(place: str) -> int:
    """Returns the number of the column of a place like `AB12`; 0 where it names none."""
    letters = _PLACE.match(place)
    number = 0
    for letter in letters[0][:4] if letters else "":
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
