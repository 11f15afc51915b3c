"""A relying party's back-channel logout endpoint that writes down what it was told."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jws


@dataclass
class LogoutReceiver:
    """`answers` holds the status for a path, 200 where none is set; `slow` the seconds it takes; `ahead` those of its
    clock."""

    answers: dict[str, int] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    ahead: dict[str, float] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    """Path and logout token, in the order of their arrival."""
    arrived: list[float] = field(default_factory=list)
    """Of each of `told`, seconds of `time.perf_counter`."""
    port: int = 0
    drips: bool = False
    """Every answer is a byte now and then, of a hundred thousand."""
    dripping: int = 0
    """Answers that drip at the moment."""

    def uri(self, client_id: str) -> str:
        return f"http://localhost:{self.port}/{client_id}"

    def tokens(self, client_id: str) -> list[dict[str, Any]]:
        """Claims of what one client was told; the signature is another test's business."""
        return [_claims(token) for path, token in self.told if path == f"/{client_id}"]

    def counted(self) -> Counter[str]:
        """How often each `jti` came."""
        return Counter(_claims(token)["jti"] for _, token in self.told)


def _claims(token: str) -> dict[str, Any]:
    return dict(json.loads(jws.extract_compact(token.encode()).payload))


@contextmanager
def logout_receiver() -> Iterator[LogoutReceiver]:
    receiver, counting = LogoutReceiver(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            time.sleep(receiver.slow.get(self.path, 0))
            receiver.arrived.append(time.perf_counter())
            receiver.told.append((self.path, parse_qs(body)["logout_token"][0]))
            if receiver.drips:
                self.drip()
                return
            self.send_response(receiver.answers.get(self.path, 200))
            self.send_header("content-length", "0")
            self.end_headers()

        def drip(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "100000")
            self.end_headers()
            with counting:
                receiver.dripping += 1
            with suppress(OSError):
                while receiver.drips:
                    self.wfile.write(b"x")
                    time.sleep(0.2)
            with counting:
                receiver.dripping -= 1

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + receiver.ahead.get(self.path, 0))

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield receiver
    server.shutdown()
    server.server_close()
