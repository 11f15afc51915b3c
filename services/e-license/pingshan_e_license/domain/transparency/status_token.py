"""The claims of a status list token (draft-ietf-oauth-status-list-21, section 5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pingshan_values.status_list import compressed, packed

from pingshan_e_license.domain.transparency.status import BITS, list_uri

TTL_SECONDS: Final = 60
"""For how long a list may be used without asking again; it is signed anew that often."""
EXPIRES_AFTER_SECONDS: Final = 6 * 3600
"""For how long a list is believed by who cannot ask again, such as an inspector without a network."""


@dataclass(frozen=True)
class ListVersion:
    """Names one state of a list, as PostgreSQL has it."""

    type: str
    number: int
    size: int
    version: int
    changed_at: datetime
    asked_at: datetime
    """By PostgreSQL's clock: all replicas read the same one, so that no list of one looks older than another's."""

    @property
    def issued_at(self) -> int:
        """Returns `iat`: the beginning of the current minute, or the last change if that came later.

        It is equal for equal lists, whoever signs them, and never goes back.
        """
        asked, changed = int(self.asked_at.timestamp()), int(self.changed_at.timestamp())
        return max(asked - asked % TTL_SECONDS, changed)


def token_claims(found: ListVersion, statuses: Mapping[int, int], *, issuer: str) -> dict[str, Any]:
    """Returns the claims to sign; `statuses` names those that are not VALID, by index."""
    return {
        "iss": issuer,
        "sub": list_uri(issuer, found.type, found.number),
        "iat": found.issued_at,
        "exp": found.issued_at + EXPIRES_AFTER_SECONDS,
        "ttl": TTL_SECONDS,
        "status_list": {"bits": BITS, "lst": compressed(packed(statuses, found.size, BITS))},
    }
