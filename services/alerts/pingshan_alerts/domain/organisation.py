"""An organisation of the 1+6+N structure, as pages name it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organisation:
    """A code of `organisations.json` with its names."""

    code: str
    name_zh: str
    name_en: str
    kind: str
