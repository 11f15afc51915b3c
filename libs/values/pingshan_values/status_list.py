"""Token Status List: statuses as bits, and when a list may be believed (draft-ietf-oauth-status-list-21).

The signature of the token is the caller's: this begins where its claims are read.

Own code: PyPI's libraries bring signing and fetching of their own, and none refuses a list that was rolled back.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MEDIA_TYPE: Final = "statuslist+jwt"
"""`typ` of a list's token (section 5.1)."""
VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2
LEEWAY: Final = 60
"""Seconds by which the clock of who signed may be ahead."""
_WIDTHS = (1, 2, 4, 8)
_MOST_BYTES = 16 * 1024 * 1024
"""Bytes of an unpacked list beyond which it is refused: a small text must not fill the memory."""


class StatusListInvalid(ValueError):
    """A status list may not be believed, or has no such index; the text says why."""


def packed(statuses: Mapping[int, int], size: int, bits: int) -> bytes:
    """Returns `size` statuses of `bits` bits each, the first in the lowest bits of the first byte (section 4.1).

    `statuses` names those that are not 0, by index. Raises ValueError for one past the end or too large.
    """
    octets = bytearray(-(-size * bits // 8))
    for index, status in statuses.items():
        if not 0 <= index < size or not 0 <= status < 1 << bits:
            raise ValueError(f"status {status} at index {index} does not fit {size} statuses of {bits} bits")
        place = index * bits
        octets[place // 8] |= status << place % 8
    return bytes(octets)


def compressed(octets: bytes) -> str:
    """Returns the list by zlib as base64url, the member `lst` (section 4.2)."""
    return urlsafe_b64encode(zlib.compress(octets, 9)).rstrip(b"=").decode()


@dataclass(frozen=True)
class StatusList:
    bits: int
    octets: bytes

    @classmethod
    def of(cls, member: Any) -> "StatusList":
        """Reads the claim `status_list` (section 4.2). Raises StatusListInvalid."""
        if not isinstance(member, Mapping) or member.get("bits") not in _WIDTHS or isinstance(member["bits"], bool):
            raise StatusListInvalid("status_list has no bits of 1, 2, 4 or 8")
        return cls(member["bits"], _unpacked(member.get("lst")))

    def at(self, index: int) -> int:
        """Returns the status at `index`, from 0. Raises StatusListInvalid past the end."""
        if not 0 <= index * self.bits < 8 * len(self.octets):
            raise StatusListInvalid(f"index {index} is past the end of the list")
        octet = self.octets[index * self.bits // 8]
        return octet >> index * self.bits % 8 & (1 << self.bits) - 1


def _unpacked(lst: Any) -> bytes:
    if not isinstance(lst, str):
        raise StatusListInvalid("status_list has no lst")
    try:
        packed_octets = urlsafe_b64decode(lst + "=" * (-len(lst) % 4))
        decompressor = zlib.decompressobj()
        octets = decompressor.decompress(packed_octets, _MOST_BYTES)
    except (Error, ValueError, zlib.error) as error:
        raise StatusListInvalid("lst is no zlib data in base64url") from error
    if urlsafe_b64encode(packed_octets).rstrip(b"=").decode() != lst:
        raise StatusListInvalid("lst is no canonical base64url")
    if not decompressor.eof or decompressor.unused_data:
        raise StatusListInvalid("lst is too long, cut off or followed by something")
    return octets


@dataclass(frozen=True)
class StatusToken:
    """Holds what counts of the claims of a status list token whose signature was right (section 5.1)."""

    uri: str
    issued_at: int
    expires_at: int
    ttl: int | None
    list: StatusList

    @classmethod
    def of(cls, claims: Mapping[str, Any], *, uri: str, now: int, last_issued_at: int | None = None) -> "StatusToken":
        """Reads the claims of the list that was fetched from `uri`; times are seconds since 1970.

        Raises StatusListInvalid for a list of another address, without `exp`, expired, from the future, or older than
        `last_issued_at`, the `iat` of the newest list that the caller has seen of this address: it was rolled back.
        """
        if claims.get("sub") != uri:
            raise StatusListInvalid("the list is of another address")
        issued_at, expires_at = _moment(claims, "iat"), _moment(claims, "exp")
        if expires_at is None:
            raise StatusListInvalid("the list has no exp, so nobody can tell whether it is old")
        if issued_at is None:
            raise StatusListInvalid("the list has no iat")
        if now >= expires_at:
            raise StatusListInvalid("the list has expired")
        if issued_at > now + LEEWAY:
            raise StatusListInvalid("the list is from the future")
        if last_issued_at is not None and issued_at < last_issued_at:
            raise StatusListInvalid("the list is older than one that was seen before: it was rolled back")
        ttl = _moment(claims, "ttl")
        return cls(uri, issued_at, expires_at, ttl, StatusList.of(claims.get("status_list")))


def _moment(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise StatusListInvalid(f"{name} is no number of seconds")
    return int(value)
