"""Places with Wi-Fi, and the controllers behind them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hotspot:
    hotspot_id: str
    name: str
    kind: str
    street: str
    community: str
    longitude: float
    latitude: float
    indoor: bool
    hours: str
    shelter: bool
    priority: int
    """Rank in an emergency: 1 first, 3 last."""
    uplink_mbps: int
    access_point_count: int
    controller_id: str
    session_count: int = 0


@dataclass(frozen=True, slots=True)
class Controller:
    controller_id: str
    vendor: str
    nas_identifier: str
    address: str
    street: str
    coa: bool
    """Whether it takes changes of a session (RFC 5176); if not, the session is ended and the device signs in again."""
    require_message_authenticator: bool
    """True where it is configured so, or the controller has once sent a Message-Authenticator."""
    octets_swapped: bool
    secret: bytes = field(repr=False)
