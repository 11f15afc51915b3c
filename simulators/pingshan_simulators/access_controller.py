"""Simulated access controllers: UAM login over HTTP, RADIUS towards the portal, accounting, changes of live sessions.

Each controller speaks from its own loopback address with its own secret, as `PINGSHAN_SIMULATORS_NAS_SECRETS_FILE` says
(wifi-portal's seed writes it).
"""

import asyncio
import hmac
import json
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlencode

from pyrad import packet as radius

from pingshan_simulators.access_controller_devices import (
    KNOWS_NOTHING,
    LOSES_REPLIES,
    NEVER_ANSWERS,
    SWAPS_OCTETS,
    Device,
    Devices,
)
from pingshan_simulators.radius_client import CoaListener, NoAnswer, RadiusClient, listen, new_session_id, number

START, STOP, INTERIM, ON, OFF = 1, 2, 3, 7, 8
USER_REQUEST, LOST_SERVICE, ADMIN_RESET = 1, 3, 6
"""Acct-Terminate-Cause (RFC 2866 section 5.10)."""
NO_SUCH_SESSION = 503
_RATES = {
    2011: (5, 1000),
    25506: (5, 1000),
    4881: (1, 1),
    14122: (8, 1000),
}
"""Vendor → attribute of the rate to the device, and what divides it to kbit/s."""


class NotOnline(Exception):
    """The device has no session at this controller."""


@dataclass(frozen=True)
class Ports:
    auth: int
    acct: int
    coa: int
    portal_url: str


@dataclass
class Controller:
    id: str
    configuration: dict[str, Any] = field(repr=False)
    devices: Devices = field(repr=False)
    ports: Ports

    def __post_init__(self) -> None:
        address, secret = self.configuration["address"], self.configuration["secret"]
        self._client = RadiusClient(address, secret, auth_port=self.ports.auth, acct_port=self.ports.acct)
        self._listener = CoaListener(secret, self._decide)

    async def open(self) -> None:
        await listen(self.configuration["address"], self.ports.coa, self._listener)

    def close(self) -> None:
        self._listener.close()

    def join(self, mac: str, called: str) -> str:
        """Lets a device join the network; returns the portal's address to which its browser is sent."""
        device = self.devices.get(self.id, mac)
        if device is None or not device.online:
            ip = device.ip if device else self.devices.next_ip()
            device = Device(self.id, mac, called, secrets.token_hex(16), ip)
            self.devices.put(device)
            self.devices.save()
        return self._portal(device, "already" if device.online else "notyet")

    def _portal(self, device: Device, result: str) -> str:
        told = {
            "res": result,
            "nasid": self.configuration["nas_identifier"],
            "mac": device.mac.replace(":", "-"),
            "called": device.called,
            "challenge": device.challenge,
            "at": str(int(time())),
        }
        signed = "\n".join(told[name] for name in ("nasid", "mac", "called", "challenge", "at"))
        told["proof"] = hmac.new(self.configuration["secret"].encode(), signed.encode(), "sha256").hexdigest()
        return f"{self.ports.portal_url}/?{urlencode(told)}"

    async def login(self, device: Device, username: str, *, password: str, response: str, userurl: str) -> str:
        """Asks RADIUS whether a device may get online; returns where its browser goes next. Raises NoAnswer."""
        chap = (bytes.fromhex(response), bytes.fromhex(device.challenge)) if response else None
        session = new_session_id()
        attributes = {1: username.encode(), **self._identify(device, session)}
        lost = device.magic == LOSES_REPLIES
        reply = await self._client.login(attributes, password=password or None, chap=chap, lose_first=lost)
        if reply.code != radius.AccessAccept:
            device.note("login refused")
            return self._portal(device, "failed")
        device.session, device.class_, device.started = session, _first(reply, 25).hex(), time()
        device.input_octets = device.output_octets = device.changes = 0
        self._apply(device, reply)
        device.note("login accepted")
        await self._report(device, START)
        return userurl if userurl.startswith(f"{self.ports.portal_url}/") else f"{self.ports.portal_url}/"

    async def traffic(self, device: Device, octets: int) -> None:
        """Counts octets, one tenth from the device and the rest to it, and reports them. Raises NotOnline, NoAnswer."""
        if not device.online:
            raise NotOnline
        device.input_octets += octets // 10
        device.output_octets += octets - octets // 10
        self.devices.save()
        await self._report(device, INTERIM)

    async def leave(self, device: Device, cause: int = USER_REQUEST) -> None:
        """Reports the stop of a device's session and takes it offline. Raises NotOnline, NoAnswer."""
        if not device.online:
            raise NotOnline
        await self._report(device, STOP, cause)
        device.session = ""
        self.devices.save()

    async def power(self, *, on: bool) -> None:
        """Takes all devices offline and sends Accounting-On or -Off. Raises NoAnswer."""
        for device in self.devices.of(self.id):
            device.session = ""
        self.devices.save()
        await self._client.account({40: number(ON if on else OFF), 32: self._name, 44: b"00000000"})

    async def report_due(self) -> None:
        """Sends the interim reports of the devices whose time has come; notes where there is no answer."""
        for device in self.devices.of(self.id):
            if device.online and time() - device.reported >= device.interim_seconds:
                try:
                    await self._report(device, INTERIM)
                except NoAnswer:
                    device.note("no answer to an interim report")

    @property
    def _name(self) -> bytes:
        return str(self.configuration["nas_identifier"]).encode()

    def _identify(self, device: Device, session: str) -> dict[int, bytes]:
        return {
            4: socket.inet_aton(self.configuration["address"]),
            8: socket.inet_aton(device.ip),
            30: device.called.encode(),
            31: device.mac.replace(":", "-").encode(),
            32: self._name,
            44: session.encode(),
        }

    async def _report(self, device: Device, status: int, cause: int = 0) -> None:
        swapped = self.configuration["octets_swapped"] != (device.magic == SWAPS_OCTETS)
        low, high = (
            (device.output_octets, device.input_octets) if swapped else (device.input_octets, device.output_octets)
        )
        attributes = {
            40: number(status),
            25: bytes.fromhex(device.class_),
            42: number(low % 2**32),
            43: number(high % 2**32),
            46: number(device.seconds),
            52: number(low >> 32),
            53: number(high >> 32),
            55: number(int(time())),
            **({49: number(cause)} if cause else {}),
            **self._identify(device, device.session),
        }
        device.reported = time()
        await self._client.account(attributes, lose_first=device.magic == LOSES_REPLIES)
        self.devices.save()

    def _decide(self, request: radius.CoAPacket) -> int | None:
        device = self.devices.by_session(self.id, _first(request, 44).decode(errors="replace"))
        if device is None:
            return NO_SUCH_SESSION
        if device.magic == NEVER_ANSWERS:
            device.note("change not answered")
            return None
        if device.magic == KNOWS_NOTHING:
            device.note("change refused with 503")
            return NO_SUCH_SESSION
        if request.code == radius.DisconnectRequest:
            asyncio.get_running_loop().create_task(self._disconnected(device))
            return 0
        if not self.configuration["coa"]:
            return 406
        device.changes += 1
        self._apply(device, request)
        device.note(f"changed to {device.rate_kbps} kbit/s")
        self.devices.save()
        return 0

    async def _disconnected(self, device: Device) -> None:
        device.note("disconnected")
        try:
            await self.leave(device, ADMIN_RESET)
        except (NoAnswer, NotOnline):
            device.session = ""

    def _apply(self, device: Device, packet: radius.Packet) -> None:
        """Applies the whole policy; what is missing means no limit, as on some real controllers."""
        device.session_timeout = int.from_bytes(_first(packet, 27))
        device.interim_seconds = int.from_bytes(_first(packet, 85)) or 300
        device.rate_kbps = _rate(packet)


def _first(packet: Any, code: int) -> bytes:
    return next(iter(_values(packet, code)), b"")


def _values(packet: Any, code: int) -> list[bytes]:
    values: list[bytes] = packet[code] if code in packet else []  # noqa: SIM401 - pyrad's get() wants names
    return values


def _rate(packet: Any) -> int:
    """Returns the rate to the device, kbit/s; 0 where the packet sets none."""
    for value in _values(packet, 26):
        kind, divisor = _RATES.get(int.from_bytes(value[:4]), (0, 1))
        if kind and value[4] == kind:
            return int.from_bytes(value[6:]) // divisor
    return 0


def read_controllers(file: Path, state: Path | None, ports: Ports) -> dict[str, Controller]:
    """Returns the controllers of the configuration file by id, with the devices that were there before."""
    devices = Devices(state)
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {key: Controller(key, configuration, devices, ports) for key, configuration in content.items()}
