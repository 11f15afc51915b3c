"""HTTP/1.1 on the wire, stricter than Uvicorn: heads of a bounded size, and one end for a request that is broken.

Own code: h11 looks at the size of a head only while it is incomplete, so that one that comes in a piece has any; and
Uvicorn answers a broken body with 400 while the handler still runs, whose own answer then fails in the log.
"""

import re

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_HEAD_BYTES = 32_768
"""Of a request's head: four times what our cookies, a token and the longest `state` take together."""

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class StrictProtocol(H11Protocol):
    """Answers a head of more than 32 KiB with 431 (RFC 6585 section 5), and lets a handler know of a broken body."""

    def handle_events(self) -> None:
        if self.conn.their_state is h11.IDLE and self._head_is_too_large():
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()
            return
        super().handle_events()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP. A handler that waits for the rest of a body is told that nobody is there."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            super().send_400_response(msg)
            return
        cycle.disconnected = True
        cycle.message_event.set()
        if cycle.response_started:
            self.transport.close()
        else:
            super().send_400_response(msg)

    def _head_is_too_large(self) -> bool:
        received = self.conn.trailing_data[0]
        return len(received) > MOST_HEAD_BYTES and _END_OF_HEAD.search(received, 0, MOST_HEAD_BYTES) is None
