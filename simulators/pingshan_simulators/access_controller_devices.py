"""Devices at the simulated access controllers, and what happens to them on purpose."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import time
from typing import Any

LOSES_REPLIES, SWAPS_OCTETS, KNOWS_NOTHING, NEVER_ANSWERS = "F1", "F2", "F3", "F4"
"""Last octet of a device's MAC address: the first reply of the server is lost on the way; the controller counts the
octets the wrong way round; a CoA is answered with NAK 503; a CoA is not answered at all."""


@dataclass
class Device:
    """Describes a device at a controller; it is offline while `session` is empty."""

    controller: str
    mac: str
    called: str
    challenge: str
    ip: str
    session: str = ""
    """Acct-Session-Id"""
    class_: str = ""
    """Class of the Access-Accept, hex."""
    started: float = 0.0
    input_octets: int = 0
    output_octets: int = 0
    rate_kbps: int = 0
    session_timeout: int = 0
    interim_seconds: int = 300
    reported: float = 0.0
    changes: int = 0
    """CoA-Requests that were put into force."""
    events: list[str] = field(default_factory=list)

    @property
    def magic(self) -> str:
        return self.mac[-2:].upper()

    @property
    def online(self) -> bool:
        return bool(self.session)

    @property
    def seconds(self) -> int:
        return int(time() - self.started) if self.online else 0

    def note(self, what: str) -> None:
        self.events = [*self.events[-19:], what]


class Devices:
    """Keeps devices in a file, so that a restart of the simulators is a short break of the line and no power cut."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._devices: dict[tuple[str, str], Device] = {}
        if file and file.exists():
            for entry in json.loads(file.read_text(encoding="utf-8")):
                self.put(Device(**entry))

    def get(self, controller: str, mac: str) -> Device | None:
        return self._devices.get((controller, mac))

    def put(self, device: Device) -> None:
        self._devices[device.controller, device.mac] = device

    def of(self, controller: str) -> Iterator[Device]:
        return (device for device in list(self._devices.values()) if device.controller == controller)

    def by_session(self, controller: str, session: str) -> Device | None:
        return next((device for device in self.of(controller) if session and device.session == session), None)

    def next_ip(self) -> str:
        number = len(self._devices) + 2
        return f"10.53.{number // 250 % 250}.{number % 250 + 2}"

    def save(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps([asdict(device) for device in self._devices.values()]), encoding="utf-8")
        new.replace(self._file)


def shown(device: Device) -> dict[str, Any]:
    """Returns what the control endpoint tells of a device."""
    return {
        "controller": device.controller,
        "mac": device.mac,
        "ip": device.ip,
        "online": device.online,
        "session": device.session,
        "session_id": _session_id(device.class_),
        "seconds": device.seconds,
        "input_octets": device.input_octets,
        "output_octets": device.output_octets,
        "rate_kbps": device.rate_kbps,
        "changes": device.changes,
        "events": device.events,
    }


def _session_id(class_: str) -> str:
    """Returns the portal's own id of the session, which its Class carries; a real controller does not look inside."""
    octets = bytes.fromhex(class_)
    plain = octets[4:20].hex() if len(octets) == 24 else ""
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])) if plain else ""
