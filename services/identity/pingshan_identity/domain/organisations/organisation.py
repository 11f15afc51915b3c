"""Organisations of the 1+6+N command structure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organisation:
    code: str
    name_zh: str
    name_en: str
    kind: str
    """One of hall, street, agency and department."""
    parent: str | None
    """Code of the organisation above; None for the hall."""
    unified_social_credit_code: str | None
    licence_agency: bool
