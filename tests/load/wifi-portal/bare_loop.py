"""The bare loop: same gate and codec on uvloop, an answer at once, nothing stored. `bare_loop.py <nas.json> <port>`."""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvloop
from pingshan_wifi_portal.domain import radius
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.radius import Code
from pingshan_wifi_portal.entrypoints import radius_packets
from pingshan_wifi_portal.entrypoints.radius import RECEIVE_BUFFER
from pingshan_wifi_portal.entrypoints.radius_gate import Address, Gate


class BareLoop(asyncio.DatagramProtocol):
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        heard = self._gate.hear(data, addr, Code.ACCOUNTING_REQUEST)
        if heard is not None and radius_packets.to_report(heard) is not None:
            reply = radius.encode_reply(Code.ACCOUNTING_RESPONSE, heard.packet, [], heard.controller.secret)
            self._transport.sendto(reply, addr)  # type: ignore[attr-defined]


async def main(configuration: dict[str, Any], port: int) -> None:
    gate = Gate()
    gate.know(
        Controller(
            controller_id=key,
            vendor=entry["vendor"],
            nas_identifier=entry["nas_identifier"],
            address=entry["address"],
            street="",
            coa=True,
            require_message_authenticator=True,
            octets_swapped=entry["octets_swapped"],
            secret=entry["secret"].encode(),
        )
        for key, entry in configuration.items()
    )
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.bind(("127.0.0.1", port))
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: BareLoop(gate), sock=sock)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text()), int(sys.argv[2])))
