"""Where the platform may be led by an address that others chose: public https addresses, and what operators trust.

Own code: a library that resolves and fetches would bring a second HTTP client; the registries are `ipaddress`'s.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from pingshan_values.errors import DomainError

MAX_URL = 500
_FIRST_FREE_PORT = 1024
_PORTS = {"https": 443, "http": 80}
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
_NAME = re.compile(
    r"(?=.{1,253}\.?$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?"
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""The only part of IPv6 that the IANA has given out; `is_global` also takes what is reserved."""
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_GLOBAL = (IPv4Network("192.0.0.0/24"), IPv6Network("3fff::/20"))
"""Not globally reachable by the IANA's registries, which newer versions of Python know; the metadata of Oracle's cloud
were at 192.0.0.192."""
_PLATFORMS = frozenset({ip_address("168.63.129.16")})
"""Public by the registries, but answered by the cloud that the machine runs in."""


class AddressRefused(DomainError):
    """The address may not be called; arguments `host` and `why`."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(host=host, why=why)


class AddressUnknown(AddressRefused):
    """The host of the address does not resolve."""

    def __init__(self, host: str) -> None:
        super().__init__(host, "unresolved")


@dataclass(frozen=True, slots=True)
class Trusted:
    """Holds the operators' exceptions: places may be private and without TLS, networks private but over https."""

    places: frozenset[str] = frozenset()
    """`host` for all its ports, or `host:port`."""
    networks: tuple[Any, ...] = ()

    @classmethod
    def of(cls, entries: Collection[str]) -> "Trusted":
        """Returns the exceptions; an entry with a slash is a network. Raises ValueError where it is none."""
        networks = tuple(ip_network(entry) for entry in sorted(entries) if "/" in entry)
        return cls(frozenset(entry.lower() for entry in entries if "/" not in entry), networks)

    def has_place(self, host: str, port: int) -> bool:
        return host in self.places or f"{host}:{port}" in self.places


NOTHING_TRUSTED = Trusted()


@dataclass(frozen=True, slots=True)
class OutsideAddress:
    """Holds a checked address; what a `trusted` one resolves to is not checked."""

    url: str
    host: str
    port: int
    trusted: bool
    _allowed: Trusted = NOTHING_TRUSTED

    def refuse_private(self, addresses: Collection[str]) -> None:
        """Raises AddressRefused if any of the addresses that the host resolves to may not be called."""
        if self.trusted:
            return
        for address in addresses:
            parsed = ip_address(address)
            trusted = any(parsed in network for network in self._allowed.networks)
            if not trusted and not _is_public(parsed):
                raise AddressRefused(self.host, "not-public")


def outside_address(url: str, trusted: Trusted = NOTHING_TRUSTED) -> OutsideAddress:
    """Returns the address, checked. `OutsideAddress.refuse_private` checks what its host resolves to, at each call.

    Raises AddressRefused unless it is https, its port 443 or from 1024, its host a name or a public IP address in the
    usual form, or it is http(s) to a trusted place; and it has at most 500 visible ASCII characters, no credentials and
    no fragment.
    """
    if len(url) > MAX_URL or not _VISIBLE.fullmatch(url) or "\\" in url:
        raise AddressRefused("", "malformed")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused("", "malformed") from error
    if parts.scheme not in _PORTS:
        raise AddressRefused(host, "scheme")
    if not host or "@" in parts.netloc or "#" in url or not _is_host(host):
        raise AddressRefused(host, "malformed")
    port = _PORTS[parts.scheme] if port is None else port
    if trusted.has_place(host, port):
        return OutsideAddress(url, host, port, trusted=True)
    if parts.scheme != "https":
        raise AddressRefused(host, "scheme")
    if port != _PORTS["https"] and port < _FIRST_FREE_PORT:
        raise AddressRefused(host, "port")
    address = OutsideAddress(url, host, port, trusted=False, _allowed=trusted)
    if _is_local_name(host):
        raise AddressRefused(host, "not-public")
    address.refuse_private(_literal(host))
    return address


def _is_host(host: str) -> bool:
    """Returns whether it is a name or an IP address in its usual form.

    A name that ends in a number is what resolvers take for an IPv4 address in octal, hexadecimal or short form (WHATWG
    URL, "ends in a number"), so that it would be called under another look than it was checked.
    """
    if _literal(host):
        return "%" not in host
    last = host.rstrip(".").rpartition(".")[2]
    return _NAME.fullmatch(host) is not None and not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)


def _is_local_name(host: str) -> bool:
    """Returns whether the name is of this machine (RFC 6761 section 6.3)."""
    return host.rstrip(".").rpartition(".")[2] == "localhost"


def _literal(host: str) -> tuple[str, ...]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return ()


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Returns whether the address is of the public Internet (IANA's registries), also where it carries an IPv4 one."""
    inner = _carried(address)
    if inner is not None:
        return _is_public(inner)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if any(address in network for network in _NOT_GLOBAL):
        return False
    return address.is_global and not address.is_multicast and address not in _PLATFORMS


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Returns the IPv4 address to which an IPv6 one leads: mapped, 6to4 or NAT64 (RFC 6052); None for any other."""
    if not isinstance(address, IPv6Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
