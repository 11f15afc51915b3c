"""An access controller in a test's hands: every packet as wanted, made by pyrad, sent from the controller's address."""

import json
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyrad import packet as peer

START, STOP, INTERIM, ON, OFF = 1, 2, 3, 7, 8


def number(value: int) -> bytes:
    return value.to_bytes(4)


@dataclass
class Nas:
    """`exchange` blocks: from a coroutine, call it in a thread."""

    controller_id: str
    configuration: dict[str, Any]
    auth: tuple[str, int]
    acct: tuple[str, int]
    sock: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.configuration["address"], 0))
        self.secret = self.configuration["secret"].encode()

    @classmethod
    def of(cls, controller_id: str, fields: dict[str, str]) -> "Nas":
        """From the file that the seed wrote and the settings of wifi-portal."""
        configuration = json.loads(Path(fields["nas_secrets_file"]).read_text())[controller_id]
        auth, acct = (("127.0.0.1", int(fields[f"radius_{kind}_port"])) for kind in ("auth", "acct"))
        return cls(controller_id, configuration, auth, acct)

    @property
    def called_station_id(self) -> str:
        first: dict[str, str] = next(iter(self.configuration["hotspots"].values()))
        return first["called_station_id"]

    def access_request(
        self, username: str, password: str, mac: str, *, authenticated: bool = True, **extra: Any
    ) -> peer.AuthPacket:
        request = peer.AuthPacket(secret=extra.pop("secret", self.secret), message_authenticator=authenticated)
        request[1] = [username.encode()]
        request[2] = [request.PwCrypt(password)]
        self._identify(request, mac, extra)
        return request

    def accounting(self, status: int, session: str, mac: str, **extra: Any) -> peer.AcctPacket:
        """extra: `input`, `output` octets, `seconds`, `class_`, `called`, `identifier`, `secret`, `cause`, `ip`."""
        request = peer.AcctPacket(secret=extra.pop("secret", self.secret))
        request[40] = [number(status)]
        request[44] = [session.encode()]
        for name, (low, high) in {"input": (42, 52), "output": (43, 53)}.items():
            octets = extra.pop(name, 0)
            request[low], request[high] = [number(octets % 2**32)], [number(octets >> 32)]
        request[46] = [number(extra.pop("seconds", 0))]
        request[49] = [number(extra.pop("cause", 1))]
        if given := extra.pop("class_", None):
            request[25] = [given]
        self._identify(request, mac, extra)
        return request

    def _identify(self, request: peer.Packet, mac: str, extra: dict[str, Any]) -> None:
        request[31] = [mac.replace(":", "-").encode()]
        request[30] = [extra.pop("called", self.called_station_id).encode()]
        request[32] = [extra.pop("identifier", self.configuration["nas_identifier"]).encode()]
        request[8] = [socket.inet_aton(extra.pop("ip", "10.53.0.9"))]
        for code, value in extra.items():
            request[int(code.removeprefix("a"))] = [value]

    def exchange(self, request: peer.Packet, *, seconds: float = 3.0) -> peer.Packet | None:
        """The verified reply; None where none came."""
        is_login = isinstance(request, peer.AuthPacket)
        octets = self.send(request.RequestPacket(), self.auth if is_login else self.acct, seconds=seconds)
        if octets is None:
            return None
        reply = request.CreateReply(packet=octets)
        assert request.VerifyReply(reply, octets, enforce_ma=is_login)
        return reply

    def send(self, octets: bytes, to: tuple[str, int], *, seconds: float = 3.0) -> bytes | None:
        """The reply; sent again every second, as controllers do."""
        self.sock.settimeout(min(seconds, 1.0))
        for _ in range(max(1, int(seconds))):
            self.sock.sendto(octets, to)
            try:
                return self.sock.recv(4096)
            except TimeoutError:
                continue
        return None

    def close(self) -> None:
        self.sock.close()
