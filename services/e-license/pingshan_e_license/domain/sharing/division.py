"""Administrative divisions (GB/T 2260) that predicates ask for, and whether an address lies in one.

Addresses of licences are text as it is printed, so that a division is recognised by how an address begins.
"""

import re

_PROVINCE = "广东省"
_SPACES = re.compile(r"\s+")
_BEGINNINGS = {
    "440300": ("深圳市", "坪山区", "坪山新区"),
    "440310": ("深圳市坪山区", "深圳市坪山新区", "坪山区", "坪山新区"),
}
"""Pingshan was a new area (坪山新区) until 2017, and papers of that time still hold."""


def lies_within(address: str, division: str) -> bool:
    """Returns whether the address begins as addresses of the division do; False for a division not known here."""
    text = _SPACES.sub("", address).removeprefix(_PROVINCE)
    return text.startswith(_BEGINNINGS.get(division, ()))
