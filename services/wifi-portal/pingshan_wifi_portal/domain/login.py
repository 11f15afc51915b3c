"""Rules of whether a device may go online, for a controller that asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from pingshan_values.errors import DomainError

from pingshan_wifi_portal.domain.quota import Policy

TOKEN_LIFE = timedelta(seconds=60)
"""Time for which a one-time login token may be used after the code was right."""


class AccessRejected(DomainError):
    """Rejects a login by Access-Reject; argument `reason` is for logs, and the controller does not learn it."""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Holds the attributes of an Access-Request (RFC 2865 section 4.1)."""

    controller_id: str
    username: str
    device_mac: str
    access_point_mac: str
    framed_ip: str
    acct_session_id: str
    authenticator: bytes
    """Request Authenticator, which a retransmission has too."""
    password_valid: Callable[[bytes], bool] = field(repr=False)
    """Returns True for the password of the request's User-Password (PAP) or CHAP-Password."""


@dataclass(frozen=True, slots=True)
class Token:
    """Holds what is stored of a one-time login token."""

    controller_id: str
    device_mac: str
    expires_at: datetime
    used_by: bytes | None


@dataclass(frozen=True, slots=True)
class AccessAccept:
    """Holds what an Access-Accept carries (RFC 2865 section 4.2)."""

    session_id: UUID
    policy: Policy


def check_login(request: AccessRequest, token: Token, secret: str, now: datetime) -> None:
    """Raises AccessRejected unless the token is good; a retransmission of the request that used it is accepted."""
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
