"""Describes a device in front of the captive page, from what its controller says."""

import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pingshan_values.text import Text

PROOF_LIFE = timedelta(minutes=15)
"""For how long a controller's word counts that it redirected a device: somebody types a number and waits for a code."""
CLOCKS_APART = timedelta(minutes=2)
"""How far a controller's clock may be ahead of ours."""

_MAC = re.compile(r"[0-9A-F]{12}")
_NAME = re.compile(r"[\x21-\x7e]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,11}")
_CHALLENGE = re.compile(r"(?:[0-9a-fA-F]{2}){0,64}")


@dataclass(frozen=True, slots=True)
class Visit:
    controller_id: str
    nas_identifier: str
    hotspot_id: str
    hotspot_name: Text
    called_station_id: str
    """Access point and network name, for example 02-50-53-00-00-01:i-Pingshan."""
    device_mac: str
    """MAC address, for example 02:00:00:00:00:01."""
    login_url: str
    """Address at which the controller takes the one-time login token."""
    challenge: bytes = b""
    """CHAP challenge of the controller; empty where it wants PAP."""
    proven_until: datetime | None = None
    """Until when the controller's word counts, also where that is over: what began before is the device's. None where
    it gave none."""
    browser: bytes = b""
    """Hash of the browser that speaks for the device; empty where the controller vouches for the device itself."""

    @property
    def is_vouched_for(self) -> bool:
        return not self.browser


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
    redirected_at: str = ""
    """When the controller redirected the device, in seconds since 1970; empty where it signs nothing."""
    proof: str = ""
    """Signature of the controller, in hexadecimal digits; empty where it signs nothing."""
    browser: str = field(default="", repr=False)
    """Secret of the browser that asks."""


def proven_until(parameters: RedirectParameters, secret: bytes, now: datetime) -> datetime | None:
    """Returns until when the controller's word counts that it redirected this device; None where it is not its word.

    The fields are signed with its shared secret: HMAC-SHA-256 (RFC 2104) of NAS-Identifier, device, access point,
    challenge and time, as they stand in the address, joined by line feeds. A time that is to come is no time.
    """
    told = (
        parameters.nas_identifier,
        parameters.device_mac,
        parameters.called_station_id,
        parameters.challenge,
        parameters.redirected_at,
    )
    expected = hmac.new(secret, "\n".join(told).encode(), "sha256").hexdigest()
    signed = hmac.compare_digest(parameters.proof.encode(), expected.encode())
    if not signed or not _SECONDS.fullmatch(parameters.redirected_at):
        return None
    redirected_at = datetime.fromtimestamp(int(parameters.redirected_at), UTC)
    return redirected_at + PROOF_LIFE if redirected_at <= now + CLOCKS_APART else None


def speaks_for(proven_until: datetime | None, browser: str, now: datetime) -> bytes:
    """Returns what a sign-in belongs to beside the device: nothing where the controller vouches for it, else a browser.

    Anybody may write a MAC address into the portal's address. Without proof it names where to get online and no more:
    the sign-in is the browser's, as SHA-256 of its secret, and neither finds nor counts against one of the device's.
    """
    return b"" if proven_until and now < proven_until else sha256(browser.encode()).digest()
