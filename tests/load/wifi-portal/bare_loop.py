"""The bare loop: same validation and codec on uvloop, nothing stored. `bare_loop.py <nas.json> <port>`."""

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
from pingshan_wifi_portal.entrypoints import radius_attributes
from pingshan_wifi_portal.entrypoints.radius import RECEIVE_BUFFER
from pingshan_wifi_portal.entrypoints.radius_validation import Address, RequestValidation


class BareLoop(asyncio.DatagramProtocol):
    def __init__(self, validation: RequestValidation) -> None:
        self._validation = validation

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        request = self._validation.validate(data, addr, Code.ACCOUNTING_REQUEST)
        if request is not None and radius_attributes.to_accounting(request) is not None:
            reply = radius.encode_reply(Code.ACCOUNTING_RESPONSE, request.packet, [], request.controller.secret)
            self._transport.sendto(reply, addr)  # type: ignore[attr-defined]


async def main(configuration: dict[str, Any], port: int) -> None:
    validation = RequestValidation()
    validation.set_controllers(
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
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: BareLoop(validation), sock=sock)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text()), int(sys.argv[2])))
