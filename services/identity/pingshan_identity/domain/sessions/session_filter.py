"""The filter of an administrator's list of sessions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Is a filter whose empty fields admit every session."""

    login_name: str = ""
    """Login name of staff, in full."""
    organisation: str = ""
    """Code of the person's organisation."""
    client_id: str = ""
    """Id of a system that was opened with the session."""
