"""What a licence's place in a status list says (draft-ietf-oauth-status-list-21), and where a new licence gets one."""

import secrets
from dataclasses import dataclass
from typing import Any, Final

from pingshan_values.status_list import INVALID, SUSPENDED, VALID

BITS: Final = 2
"""Bits of a status: valid, invalid or suspended."""
LIST_SIZE: Final = 1 << 17
"""Statuses of a list: 32 KiB before it is compressed, among which a single licence does not stand out."""
_PICKED: Final = 32
"""Places of a list that are tried for a licence; where all are taken, the list counts as full. Where seven of eight
places are taken, that happens to one licence in 70."""
_SUSPENDED = "suspended"
_VALID = "valid"


@dataclass(frozen=True)
class StatusPlace:
    """Names the place of one licence in the lists of its type."""

    type: str
    list_number: int
    index: int

    def claim(self, issuer: str) -> dict[str, Any]:
        """Returns the claim `status` of a credential (section 6.2)."""
        return {"status_list": {"idx": self.index, "uri": list_uri(issuer, self.type, self.list_number)}}


def list_uri(issuer: str, type_code: str, number: int) -> str:
    """Returns the address of a list."""
    return f"{issuer}/status-lists/{type_code}/{number}"


def picked_places(size: int) -> list[int]:
    """Returns places to try for a new licence: each as likely as any other, so that none tells when it came."""
    return [secrets.randbelow(size) for _ in range(_PICKED)]


def status_of(standing: str) -> int:
    """Returns what the list says of a standing.

    Whatever cannot be used any more is INVALID, also what a newer version replaced. The value 3, which the draft leaves
    to applications, stays unused: a wallet that we did not write could not tell what it means. What has expired says
    so itself, by `exp`.
    """
    return {_VALID: VALID, _SUSPENDED: SUSPENDED}.get(standing, INVALID)
