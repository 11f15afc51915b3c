"""A controller asks whether a device may go online."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_values.errors import DomainError

from pingshan_wifi_portal.domain.quota import Policy


class AccessRejected(DomainError):
    """The reply is Access-Reject. `reason` is for logs; the controller does not learn it."""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """An Access-Request (RFC 2865 section 4.1), its attributes read."""

    controller_id: str
    username: str
    device_mac: str
    access_point_mac: str
    framed_ip: str
    acct_session_id: str
    authenticator: bytes
    """The Request Authenticator: a retransmission has the same."""
    password_valid: Callable[[bytes], bool] = field(repr=False)
    """Checks a password against the User-Password (PAP) or the CHAP-Password of the request."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a one-time login token."""

    controller_id: str
    device_mac: str
    expires_at: datetime
    used_by: bytes | None


@dataclass(frozen=True, slots=True)
class AccessAccept:
    """What an Access-Accept carries (RFC 2865 section 4.2)."""

    session_id: UUID
    policy: Policy


def check_login(request: AccessRequest, token: Token, secret: str, now: datetime) -> None:
    """Raise AccessRejected, unless the token is good. A retransmission of the request that used it is accepted."""
    if token.controller_id != request.controller_id:
        raise AccessRejected(reason="unknown-token")
    if token.device_mac != request.device_mac:
        raise AccessRejected(reason="other-device")
    if not request.password_valid(secret.encode()):
        raise AccessRejected(reason="wrong-token")
    if token.used_by is not None:
        if token.used_by != request.authenticator:
            raise AccessRejected(reason="used-token")
    elif now >= token.expires_at:
        raise AccessRejected(reason="expired-token")
