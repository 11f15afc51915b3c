"""Writes a policy as RADIUS attributes, with rates in the dialect of the controller's maker.

The maps are assumptions to test against, as `seed/nas.json` says: a controller's own manual decides.
"""

from pingshan_wifi_portal.domain.quota import Policy
from pingshan_wifi_portal.domain.radius import Attribute, integer, vendor_specific

WISPR, HUAWEI, H3C, RUIJIE = 14122, 2011, 25506, 4881


def policy_attributes(vendor: str, policy: Policy) -> list[tuple[int, bytes]]:
    """Returns the whole policy. `vendor` is one of `seed/nas.json`; an unknown one gets WISPr."""
    return [
        (Attribute.SESSION_TIMEOUT, integer(policy.session_seconds)),
        (Attribute.IDLE_TIMEOUT, integer(policy.idle_seconds)),
        (Attribute.ACCT_INTERIM_INTERVAL, integer(policy.interim_seconds)),
        *rate_attributes(vendor, policy.rate_kbps),
    ]


def rate_attributes(vendor: str, rate_kbps: int) -> list[tuple[int, bytes]]:
    """Returns the same rate up and down. Huawei, H3C and WISPr count bit/s, Ruijie kbit/s."""
    bits = integer(rate_kbps * 1000)
    match vendor:
        case "Huawei":  # input average and peak, output average and peak
            return vendor_specific(HUAWEI, [(vendor_type, bits) for vendor_type in (2, 3, 5, 6)])
        case "H3C":  # input peak and average, output peak and average
            return vendor_specific(H3C, [(vendor_type, bits) for vendor_type in (1, 2, 4, 5)])
        case "Ruijie":  # maximum down, maximum up
            return vendor_specific(RUIJIE, [(vendor_type, integer(rate_kbps)) for vendor_type in (1, 16)])
        case _:  # WISPr-Bandwidth-Max-Up, -Max-Down
            return vendor_specific(WISPR, [(vendor_type, bits) for vendor_type in (7, 8)])
