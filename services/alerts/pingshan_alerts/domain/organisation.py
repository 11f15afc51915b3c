"""Organisations of the 1+6+N structure, as pages name them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organisation:
    """Holds a code of `organisations.json` with its names."""

    code: str
    name_zh: str
    name_en: str
    kind: str
