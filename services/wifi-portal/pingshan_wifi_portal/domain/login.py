"""A controller asks whether a device may go online."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_values.errors import DomainError

from pingshan_wifi_portal.domain.quota import Policy


class LoginRefused(DomainError):
    """`reason`: in words, for logs and counters; the controller only learns that it was refused."""


@dataclass(frozen=True, slots=True)
class Login:
    controller_id: str
    username: str
    device_mac: str
    access_point_mac: str
    framed_ip: str
    acct_session_id: str
    authenticator: bytes
    """Of the request: a retransmission has the same."""
    proves: Callable[[bytes], bool] = field(repr=False)
    """Whether PAP or CHAP of the request shows knowledge of a token."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a one-time login token."""

    controller_id: str
    device_mac: str
    expires_at: datetime
    used_by: bytes | None


@dataclass(frozen=True, slots=True)
class Grant:
    session_id: UUID
    policy: Policy


def check_login(login: Login, token: Token, secret: str, now: datetime) -> None:
    """Raises LoginRefused. A retransmission of the request that used the token is let through."""
    if token.controller_id != login.controller_id:
        raise LoginRefused(reason="unknown-token")
    if token.device_mac != login.device_mac:
        raise LoginRefused(reason="other-device")
    if not login.proves(secret.encode()):
        raise LoginRefused(reason="wrong-token")
    if token.used_by is not None:
        if token.used_by != login.authenticator:
            raise LoginRefused(reason="used-token")
    elif now >= token.expires_at:
        raise LoginRefused(reason="expired-token")
