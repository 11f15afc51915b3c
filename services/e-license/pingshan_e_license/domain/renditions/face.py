"""What is written on the face of a licence, in which format it is rendered, and what of it a font lacks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from pingshan_values.shanghai import day_of

from pingshan_e_license.domain.errors import LicenseUnconfirmed
from pingshan_e_license.domain.identifier import qr_text
from pingshan_e_license.domain.license import LicenseOfType, Standing

TEMPLATE_VERSION = 1
"""Counts the changes of how a face looks: renditions with another number may have other bytes."""


_ENDED = {
    Standing.SUSPENDED: "本证照暂停使用，恢复前不得使用",
    Standing.REVOKED: "本证照已被吊销，不再有效",
    Standing.RESCINDED: "本证照已被撤销，不再有效",
    Standing.CANCELLED: "本证照已注销，不再有效",
    Standing.LAPSED: "本证照已宣告失效",
    Standing.TRANSFERRED_OUT: "本证照已迁出本区，不再有效",
    Standing.SUPERSEDED: "这一版已由新版取代，不再有效",
}


class Format(StrEnum):
    PDF = "pdf"
    """PDF/A-2b (ISO 19005-2)."""
    OFD = "ofd"
    """GB/T 33190-2016, sealed."""
    PNG = "png"
    """The printed face as a picture."""
    CARD = "card"
    """A picture for the screen of a phone."""


@dataclass(frozen=True)
class Face:
    title: str
    agency: str
    """The name of the issuing agency, as its seal has it."""
    holder: str = field(repr=False)
    rows: tuple[tuple[str, str], ...] = field(repr=False)
    """Labels and values in their order; a value may have several lines."""
    serial_number: str
    period: str
    issued_on: str
    identifier: str
    """Identifier of GB/T 36904."""
    groups: tuple[str, ...]
    """The identifier in lines and groups that people can read out."""
    scanned: str
    """What the QR code contains."""
    offline: str = field(default="", repr=False)
    """What the second QR code contains, which is verified without a network; empty for none."""
    ended: str = ""
    """A sentence that stands across the face of a licence that by a decision does not hold; empty otherwise."""
    missing: tuple[str, ...] = ()
    """Characters for which the font has no shape: they are written as their code points."""


def check_confirmed(found: LicenseOfType) -> None:
    """Raises LicenseUnconfirmed where the licence is not kept as it was signed and decided: no file is made of it."""
    if found.doubts:
        raise LicenseUnconfirmed


def face_of(found: LicenseOfType, agency: str, *, origin: str, offline: str = "") -> Face:
    """Returns the face of an unmasked licence, in Chinese as it is the official language of licences.

    `origin`: where anybody verifies; `offline`: text of the code that is verified without a network.
    """
    licence, license_type = found.license, found.type
    values = licence.attributes
    holder = licence.holder
    written = [(each.zh, text_of(values[each.name])) for each in license_type.attributes if each.name in values]
    told = {value for _, value in written}
    named = [("持证主体", holder.name), ("持证主体代码", holder.code)]
    rows = [*(each for each in named if each[1] not in told), *written, ("流水号", licence.serial_number)]
    first, last = licence.period.effective_on, licence.period.expires_on
    return Face(
        title=license_type.name_zh,
        agency=agency,
        holder=holder.name,
        rows=tuple(rows),
        serial_number=licence.serial_number,
        period=f"{_day(first)} 至 {_day(last) if last else '长期'}",
        issued_on=_day(day_of(licence.issued_at)),
        identifier=licence.identifier,
        groups=grouped(licence.identifier),
        scanned=qr_text(licence.identifier, origin),
        offline=offline,
        ended=_ENDED.get(licence.standing, ""),
    )


def grouped(identifier: str) -> tuple[str, ...]:
    """Returns three lines: root and type, authority, the rest; long parts in groups of four characters."""
    *root, type_code, authority, serial_number, version, check = identifier.split(".")
    return (
        f"{'.'.join(root)} . {_in_fours(type_code)}",
        f". {_in_fours(authority)}",
        f". {_in_fours(serial_number)} . {version} . {check}",
    )


def written_with(face: Face, lacks: Callable[[str], bool]) -> Face:
    """Returns the face with each character that the font lacks written as its code point, such as 〔U+2A6A5〕."""
    texts = [face.title, face.agency, face.holder, *(text for row in face.rows for text in row)]
    missing = tuple(sorted({each for text in texts for each in text if each != "\n" and lacks(each)}))
    if not missing:
        return face

    def written(text: str) -> str:
        return "".join(f"〔U+{ord(each):04X}〕" if each in missing else each for each in text)

    rows = tuple((written(label), written(value)) for label, value in face.rows)
    return replace(
        face,
        title=written(face.title),
        agency=written(face.agency),
        holder=written(face.holder),
        rows=rows,
        missing=missing,
    )


def text_of(value: Any) -> str:
    """Returns an attribute's value as people read it."""
    match value:
        case str():
            return value
        case list() if all(isinstance(each, str) for each in value):
            return "、".join(value)
        case list() if all(isinstance(each, Mapping) and each.keys() == {"from", "to"} for each in value):
            return "、".join(f"{each['from']}–{each['to']}" for each in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _in_fours(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4)) if len(text) > 4 else text
