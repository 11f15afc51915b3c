"""HTTP/1.1 on the wire, stricter than Uvicorn: heads of a bounded size, few requests ahead of their answers, and one
end for a request that is broken.

Own code: httptools reads heads, trailers and extensions of chunks of any size, hands trailers on as headers, and takes
requests without a `Host`. Uvicorn keeps any number of pipelined requests, tells only the last one's handler that the
peer is gone, and answers a broken request at once, amid the answers to those before it, or while its handler still
runs, whose own answer then fails in the log.
"""

from collections import deque
from enum import Enum, auto
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEAD_BYTES = 32_768
"""Of a request's head: four times what our cookies, a token and the longest `state` take together; also of the trailers
of a body, and of what stands between two pieces of one."""
MOST_PIECES, PIECE_BYTES = 4_096, 256
"""Pieces of a request's body, and for how many octets there may be one more: each costs as much work as hundreds of
octets, whoever sends it; in pieces of one octet, a body of 1 MB held up the loop for more than a second."""
MOST_AHEAD = 16
"""Requests that a connection may send before the answers to those before (RFC 9112 section 9.3.2)."""

_BROKEN, _HEAD_TOO_LARGE, _NOT_IMPLEMENTED = (
    f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
    for status in ("400 Bad Request", "431 Request Header Fields Too Large", "501 Not Implemented")
)


class Part(Enum):
    """Lists which part of a request a peer is sending."""

    NONE = auto()
    HEAD = auto()
    BODY = auto()


class StrictProtocol(HttpToolsProtocol):
    """Answers a head of more than 32 KiB with 431 (RFC 6585 section 5) and what is no HTTP with 400, after the answers
    to the requests before it, and closes the connection; lets a handler know of a broken body.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.part = Part.HEAD
        self.unread = 0
        """Octets that have come since the parser last found a whole head, piece of a body, or end of a request."""
        self.unanswered: deque[RequestResponseCycle] = deque()
        """Requests whose answer is not complete, the oldest first; only that one's handler runs."""
        self._size = 0
        """Octets of the fields of the head, or of the trailers, that were read."""
        self._pieces = 0.0
        """Pieces of the body beyond those that its octets explain."""
        self._refusal = _BROKEN
        """Answer to a request at which the parser stopped."""
        self._last_words: bytes | None = None
        """What the connection ends with; None while it is read."""

    def connection_lost(self, exc: Exception | None) -> None:
        for cycle in self.unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._last_words is not None:
            return
        if self.part is Part.NONE:
            self.part = Part.HEAD
        self.unread += len(data)
        super().data_received(data)
        if self._last_words is None and self.part is not Part.NONE and self.unread > MOST_HEAD_BYTES:
            self._refuse(_HEAD_TOO_LARGE if self.part is Part.HEAD else _BROKEN)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its name is Uvicorn's
        self._refuse(self._refusal)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.part, self._size = Part.HEAD, 0

    def on_url(self, url: bytes) -> None:
        self._measure(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._measure(len(name) + len(value))
        if self.part is Part.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._check_head()
        super().on_headers_complete()
        self.unanswered.append(self.cycle)
        self.part, self._size, self.unread, self._pieces = Part.BODY, 0, 0, 0.0

    def on_body(self, body: bytes) -> None:
        self.unread = 0
        self._pieces += 1 - len(body) / PIECE_BYTES
        if self._pieces > MOST_PIECES:
            raise ValueError("too many pieces")
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.part, self.unread = Part.NONE, 0

    def on_response_complete(self) -> None:
        self.unanswered.popleft()
        super().on_response_complete()
        self._end_if_answered()

    def _measure(self, octets: int) -> None:
        self._size += octets
        if self._size > MOST_HEAD_BYTES:
            self._refusal = _HEAD_TOO_LARGE if self.part is Part.HEAD else _BROKEN
            raise ValueError("too large")

    def _check_head(self) -> None:
        """Raises ValueError for what the parser takes and RFC 9112 does not (sections 2.3, 3.2 and 6.1), and for one
        request too many before its turn.
        """
        version = self.parser.get_http_version()
        hosts = sum(1 for name, _ in self.headers if name == b"host")
        encodings = [value.lower() for name, value in self.headers if name == b"transfer-encoding"]
        if version not in {"1.0", "1.1"} or hosts > 1 or (version == "1.1" and not hosts):
            raise ValueError("version, or Host")
        if encodings and (encodings != [b"chunked"] or version == "1.0"):
            self._refusal = _NOT_IMPLEMENTED
            raise ValueError("Transfer-Encoding")
        if len(self.unanswered) > MOST_AHEAD:
            self._refusal = b""
            raise ValueError("too many ahead")

    def _refuse(self, answer: bytes) -> None:
        """Reads nothing more; `answer` follows the answers to the requests that came whole."""
        part, self.part, self._last_words = self.part, Part.NONE, answer
        if part is Part.BODY:
            self._give_up_body()
        self._end_if_answered()

    def _give_up_body(self) -> None:
        """Takes back a request whose body is broken; a handler that waits for the rest is told that nobody is there."""
        cycle = self.cycle
        if cycle.response_started:
            self._last_words = b""
        if cycle.response_complete:
            return
        self.unanswered.pop()
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        cycle.disconnected = True
        cycle.message_event.set()

    def _end_if_answered(self) -> None:
        if self._last_words is not None and not self.unanswered and not self.transport.is_closing():
            self.transport.write(self._last_words)
            self.transport.close()

    def _should_upgrade(self) -> bool:
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Says nothing: who offers another protocol is answered in this one (RFC 9110 section 7.8)."""
