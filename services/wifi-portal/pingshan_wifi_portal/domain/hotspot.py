"""Places with Wi-Fi, and the controllers behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pingshan_values.text import Text

_KINDS: Mapping[str, str] = {
    "公交站": "bus stop",
    "社区服务中心": "community service centre",
    "学校周边": "school surroundings",
    "公园": "park",
    "产业园": "industrial park",
    "商圈": "shopping area",
    "社康中心": "community health centre",
    "路灯杆": "light pole",
    "图书馆": "library",
    "地铁站": "metro station",
    "广场": "square",
    "文化场馆": "cultural venue",
    "医院": "hospital",
    "体育馆": "sports hall",
    "政务服务中心": "government service centre",
    "旅游景点": "sight",
    "高铁站": "high-speed railway station",
}


def kind_text(kind: str) -> Text:
    """Returns a kind of `wifi_hotspots.json` in both languages; one that has no English stays Chinese."""
    return Text(kind, _KINDS.get(kind, kind))


def name_text(name: str, kind: str) -> Text:
    """Returns what a hotspot is called in both languages.

    The name stands on signs in Chinese only, and nobody has given it another: the English one is that name and what
    kind of place it is, for example "六和市场公交站 (bus stop)".
    """
    return Text(name, f"{name} ({kind_text(kind).en})")


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

    @property
    def name_text(self) -> Text:
        return name_text(self.name, self.kind)

    @property
    def kind_text(self) -> Text:
        return kind_text(self.kind)


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
