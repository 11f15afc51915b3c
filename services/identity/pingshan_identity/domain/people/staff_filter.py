"""Which staff an administrator wants to see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StaffFilter:
    organisation: str = ""
    """Code; empty: every organisation."""
    post: str = ""
    """Held today; empty: any."""
    state: str = "present"
    """present, leaving, left or all."""
