"""Detects requests that a controller retransmits (RFC 5080 section 2.2.2)."""

from collections import OrderedDict
from time import monotonic

from pingshan_wifi_portal.entrypoints.radius_validation import Request, RequestKey

CACHE_SECONDS = 30
"""Seconds for which replies are cached; RFC 5080 section 2.2.2 says 5 to 30."""


class DuplicateDetection:
    """Caches replies, so that a duplicate gets the very same octets, and knows the requests still in progress."""

    def __init__(self) -> None:
        self._replies: OrderedDict[RequestKey, tuple[float, bytes]] = OrderedDict()
        self._in_progress: set[RequestKey] = set()

    def cached_reply(self, request: Request) -> bytes | None:
        """Returns the reply that the original of this request got, None where the cache has none."""
        cached = self._replies.get(request.key)
        return cached[1] if cached else None

    def begin(self, request: Request) -> bool:
        """Marks a request as in progress. Returns False where it is already, and the duplicate is to be discarded."""
        if request.key in self._in_progress:
            return False
        self._in_progress.add(request.key)
        return True

    def complete(self, request: Request, reply: bytes) -> None:
        """Caches the reply, and drops replies older than 30 seconds."""
        self._in_progress.discard(request.key)
        now = monotonic()
        self._replies[request.key] = (now, reply)
        while next(iter(self._replies.values()))[0] < now - CACHE_SECONDS:
            self._replies.popitem(last=False)

    def abandon(self, request: Request) -> None:
        """Forgets a request that was discarded and has changed nothing, so that a retransmission tries again."""
        self._in_progress.discard(request.key)
