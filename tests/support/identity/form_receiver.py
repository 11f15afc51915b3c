"""A relying party's callback, which notes what browsers post to it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class FormReceiver:
    def __init__(self) -> None:
        self.posts: list[dict[str, list[str]]] = []
        self.origins: list[str | None] = []
        self.leads_on_to: str | None = None
        """Where the answer to a post redirects to; None for a page."""
        received = self

        class Callback(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                received.posts.append(parse_qs(body, strict_parsing=True))
                received.origins.append(self.headers["origin"])
                if received.leads_on_to is None:
                    self._say(b"<title>there</title><p>received")
                    return
                self.send_response(303)
                self.send_header("location", received.leads_on_to)
                self.end_headers()

            def do_GET(self) -> None:
                self._say(b"<title>begin</title><p>begin")

            def _say(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
        self.origin = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
