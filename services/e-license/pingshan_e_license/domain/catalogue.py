"""Licence types (GB/T 36902): what an agency issues, to whom, with which attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from pingshan_e_license.domain.holder import HolderKind


class Origin(StrEnum):
    ISSUED = "issued"
    """By a district agency, signed here."""
    COLLECTED = "collected"
    """By somebody else; a copy is kept (归集)."""
    RELAYED = "relayed"
    """By somebody else; questions are passed on."""


@dataclass(frozen=True)
class Attribute:
    name: str
    zh: str
    schema: Mapping[str, Any]
    required: bool
    personal: bool


@dataclass(frozen=True)
class LicenseType:
    """One type of the catalogue, as its definition says."""

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
        """Code of the owning organisation."""
        return str(self.definition["agency"])

    @property
    def origin(self) -> Origin:
        return Origin(self.definition["origin"])

    @property
    def is_issued_here(self) -> bool:
        """Nobody else's type: a district agency issues it, and this service can prove who holds it."""
        return self.origin is Origin.ISSUED

    @property
    def category(self) -> str:
        return str(self.definition["category"])

    @property
    def validity(self) -> str:
        """`permanent`, `specified` or an ISO 8601 duration of years."""
        return str(self.definition["validity"])

    @property
    def sensitivity(self) -> int:
        """1 public to 4 sensitive."""
        return int(self.definition["sensitivity"])

    @property
    def prerequisites(self) -> tuple[str, ...]:
        return tuple(self.definition["prerequisites"])

    @property
    def public_fields(self) -> tuple[str, ...]:
        return tuple(self.definition["public_fields"])

    @property
    def source_system(self) -> str:
        """Where a type comes from that is not issued here; empty for our own."""
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
        """21 characters: the national type code where there is one, else the local one (GB/T 36903)."""
        return str(self.definition["national_type_code"] or self.local_type_code)

    @property
    def local_type_code(self) -> str:
        return str(self.definition["local_type_code"])

    @property
    def authority(self) -> str:
        """Unified social credit code of the owning agency: the local type code begins with it."""
        return self.local_type_code[:18]

    @cached_property
    def personal_attributes(self) -> frozenset[str]:
        return frozenset(each.name for each in self.attributes if each.personal)


def attribute_schema(license_type: LicenseType) -> dict[str, Any]:
    """JSON Schema 2020-12 of the type's attributes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": license_type.name_zh,
        "type": "object",
        "properties": {each.name: {"title": each.zh, **each.schema} for each in license_type.attributes},
        "required": [each.name for each in license_type.attributes if each.required],
        "additionalProperties": False,
    }
