"""Describes a device in front of the captive page, from what its controller says."""

import re
from dataclasses import dataclass

_MAC = re.compile(r"[0-9A-F]{12}")
_NAME = re.compile(r"[\x21-\x7e]{1,64}")
_CHALLENGE = re.compile(r"(?:[0-9a-fA-F]{2}){0,64}")


@dataclass(frozen=True, slots=True)
class Visit:
    controller_id: str
    nas_identifier: str
    hotspot_id: str
    hotspot_name: str
    called_station_id: str
    """Access point and network name, for example 02-50-53-00-00-01:i-Pingshan."""
    device_mac: str
    """MAC address, for example 02:00:00:00:00:01."""
    login_url: str
    """Address at which the controller takes the one-time login token."""
    challenge: bytes = b""
    """CHAP challenge of the controller; empty where it wants PAP."""


def to_mac(text: str) -> str | None:
    """Returns a MAC address in any usual spelling as AA:BB:CC:DD:EE:FF, None where the text is none."""
    plain = re.sub(r"[:.-]", "", text[:23]).upper()
    return ":".join(plain[i : i + 2] for i in range(0, 12, 2)) if _MAC.fullmatch(plain) else None


def is_name(text: str) -> bool:
    """Returns True for a NAS-Identifier of 1 to 64 visible ASCII characters."""
    return _NAME.fullmatch(text) is not None


def to_challenge(text: str) -> bytes | None:
    """Returns the challenge of up to 64 octets from hexadecimal, None where the text is something else."""
    return bytes.fromhex(text) if _CHALLENGE.fullmatch(text) else None


def access_point_mac(called_station_id: str) -> str | None:
    """Returns the access point's MAC address from Called-Station-Id (RFC 3580 section 3.20), or None."""
    return to_mac(called_station_id[:17])


@dataclass(frozen=True, slots=True)
class RedirectParameters:
    """Holds what a controller puts into the portal's address when it redirects, unchecked."""

    nas_identifier: str
    device_mac: str
    called_station_id: str
    challenge: str = ""
