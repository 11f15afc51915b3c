"""Licence types (GB/T 36902): what an agency issues, to whom, with which attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from pingshan_e_license.domain.holder import HolderKind

_LONGEST_LINE = 500


class Origin(StrEnum):
    ISSUED = "issued"
    """A district agency issues it, and the licence is signed here."""
    COLLECTED = "collected"
    """Somebody else issues it, and a copy is kept (归集)."""
    RELAYED = "relayed"
    """Somebody else issues it, and questions are passed on."""


@dataclass(frozen=True)
class Attribute:
    name: str
    zh: str
    schema: Mapping[str, Any]
    required: bool
    personal: bool

    @property
    def has_lines(self) -> bool:
        """Returns whether its text may have several lines: one that may be longer than 500 characters."""
        return int(self.schema.get("maxLength", 0)) > _LONGEST_LINE


@dataclass(frozen=True)
class LicenseType:
    """Reads one type from its definition in the catalogue."""

    definition: Mapping[str, Any]

    @property
    def code(self) -> str:
        return str(self.definition["code"])

    @property
    def name_zh(self) -> str:
        return str(self.definition["zh"])

    @property
    def name_en(self) -> str:
        return str(self.definition["en"])

    @property
    def agency(self) -> str:
        """Returns the code of the owning organisation."""
        return str(self.definition["agency"])

    @property
    def origin(self) -> Origin:
        return Origin(self.definition["origin"])

    @property
    def is_issued_here(self) -> bool:
        """Returns True where a district agency issues the type, so that this service can prove who holds it."""
        return self.origin is Origin.ISSUED

    @property
    def category(self) -> str:
        return str(self.definition["category"])

    @property
    def validity(self) -> str:
        """Returns `permanent`, `specified` or an ISO 8601 duration of years."""
        return str(self.definition["validity"])

    @property
    def sensitivity(self) -> int:
        """Returns a number from 1 (public) to 4 (sensitive)."""
        return int(self.definition["sensitivity"])

    @property
    def prerequisites(self) -> tuple[str, ...]:
        return tuple(self.definition["prerequisites"])

    @cached_property
    def public_fields(self) -> tuple[str, ...]:
        """Returns the attributes that credentials carry in the open and that whoever verifies may see.

        A personal attribute is never among them, also where the catalogue lists it, as it does the legal
        representative of a business licence.
        """
        return tuple(name for name in self.definition["public_fields"] if name not in self.personal_attributes)

    @property
    def source_system(self) -> str:
        """Returns where a type comes from that is not issued here; empty for one that is."""
        return str(self.definition.get("source_system", ""))

    @property
    def note(self) -> str:
        return str(self.definition["note"])

    @cached_property
    def holder_kinds(self) -> frozenset[HolderKind]:
        return frozenset(HolderKind(kind) for kind in self.definition["holder_kinds"])

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return tuple(
            Attribute(each["name"], each["zh"], each["schema"], each["required"], each["personal"])
            for each in self.definition["attributes"]
        )

    @property
    def type_code(self) -> str:
        """Returns the 21 characters of the national type code, or of the local one without it (GB/T 36903)."""
        return str(self.definition["national_type_code"] or self.local_type_code)

    @property
    def local_type_code(self) -> str:
        return str(self.definition["local_type_code"])

    @property
    def authority(self) -> str:
        """Returns the unified social credit code of the owning agency, with which the local type code begins."""
        return self.local_type_code[:18]

    @cached_property
    def personal_attributes(self) -> frozenset[str]:
        return frozenset(each.name for each in self.attributes if each.personal)


def attribute_schema(license_type: LicenseType) -> dict[str, Any]:
    """Returns the JSON Schema (2020-12) of the type's attributes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": license_type.name_zh,
        "type": "object",
        "properties": {each.name: {"title": each.zh, **each.schema} for each in license_type.attributes},
        "required": [each.name for each in license_type.attributes if each.required],
        "additionalProperties": False,
    }
