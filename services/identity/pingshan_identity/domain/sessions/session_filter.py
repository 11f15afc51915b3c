"""Which sessions an administrator looks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """An empty field admits every session."""

    login_name: str = ""
    """Of staff, in full."""
    organisation: str = ""
    """Code of the person's organisation."""
    client_id: str = ""
    """A system that was opened with it."""
