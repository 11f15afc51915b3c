"""The filter of an administrator's list of staff."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StaffFilter:
    organisation: str = ""
    """Organisation code; empty for every one."""
    post: str = ""
    """Code of a post held today; empty for any."""
    state: str = "present"
    """One of present, leaving, left and all."""
