"""Rules of where a webhook may be sent: public https addresses, and those that a setting trusts."""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pingshan_alerts.domain.errors import WebhookAddressRefused

MAX_URL = 500


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """Holds a checked address; what a `trusted` one resolves to is not checked."""

    url: str
    host: str
    port: int
    trusted: bool


def webhook_address(url: str, trusted: Collection[str]) -> WebhookAddress:
    """Returns the address, checked.

    Raises WebhookAddressRefused unless it is https and public, or http(s) with its `host:port` in `trusted`, and has at
    most 500 ASCII characters, no credentials and no fragment. `refuse_private` checks what a name resolves to, at each
    call.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError as error:
        raise WebhookAddressRefused(host="") from error
    if not host or parts.username or parts.password or parts.fragment or len(url) > MAX_URL or not url.isascii():
        raise WebhookAddressRefused(host=host)
    if f"{host}:{port}" in trusted and parts.scheme in ("http", "https"):
        return WebhookAddress(url, host, port, trusted=True)
    if parts.scheme != "https":
        raise WebhookAddressRefused(host=host)
    refuse_private(host, _literal(host))
    return WebhookAddress(url, host, port, trusted=False)


def refuse_private(host: str, addresses: Collection[str]) -> None:
    """Raises WebhookAddressRefused if any address is multicast or not globally reachable (IANA registries)."""
    for address in addresses:
        parsed = ip_address(address)
        mapped = getattr(parsed, "ipv4_mapped", None) or parsed
        if not mapped.is_global or mapped.is_multicast:
            raise WebhookAddressRefused(host=host)


def _literal(host: str) -> tuple[str, ...]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return ()
