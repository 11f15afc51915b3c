"""Authorization codes (RFC 6749 section 4.1.2): what each is bound to, and whether it can be redeemed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    grant_id: UUID
    redirect_uri: str
    code_challenge: str | None
    """S256 challenge; None where the client may do without PKCE and did."""
    dpop_jkt: str | None
    """Thumbprint of the only key that may redeem the code (RFC 9449 section 10); None for any."""
    nonce: str | None
    expires_at: datetime
    used_at: datetime | None

    def is_redeemable(self, redirect_uri: str, code_challenge: str | None, now: datetime) -> bool:
        """Returns whether a request of the code's own client gets tokens for it: unused, alive, for the same address
        and verifier.
        """
        if self.used_at is not None or self.expires_at <= now:
            return False
        return (self.redirect_uri, self.code_challenge) == (redirect_uri, code_challenge)
