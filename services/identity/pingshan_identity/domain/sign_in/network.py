"""Networks that throttling counts by: neighbours share one, since an attacker may own them all."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str) -> str:
    """Returns the /24 (IPv4) or /64 (IPv6) of an address; the text itself where it is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return network_of(str(parsed.ipv4_mapped))
        return str(ip_network((parsed, 64), strict=False))
    return str(ip_network((parsed, 24), strict=False))
