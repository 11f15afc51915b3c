"""What the doctor says of a service that is asked over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, cast

from pingshan_tools.addresses import Addresses
from pingshan_tools.doctor import Finding, unhandled_jobs


class _Addresses:
    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, _: str) -> str:
        return f"http://127.0.0.1:{self._port}"


@contextmanager
def service(facts: dict[str, Any]) -> Iterator[Addresses]:
    """A service that answers /readyz with these facts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(facts).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield cast("Addresses", _Addresses(server.server_port))
        server.shutdown()


async def found(addresses: Addresses) -> Finding:
    [finding] = [finding async for finding in unhandled_jobs(addresses, ["alerts"])]
    return finding


async def test_jobs_that_nobody_runs_are_named() -> None:
    with service({"unhandled": ["deliver-pigeon", "deliver-telegram"]}) as addresses:
        finding = await found(addresses)
    assert "deliver-pigeon, deliver-telegram" in finding.text
    assert finding.wrong


async def test_all_is_well_where_every_kind_has_its_handler() -> None:
    with service({"unhandled": []}) as addresses:
        assert not (await found(addresses)).wrong


async def test_a_service_that_does_not_say_is_not_well() -> None:
    with service({}) as addresses:
        assert (await found(addresses)).wrong
