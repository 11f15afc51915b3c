"""How much of a process one caller of gRPC may hold: calls under way by who proves to be calling, by address before.

Own code: gRPC counts the calls of one connection and of all together, and not by who calls.
"""

import asyncio
import time
from urllib.parse import unquote

from pingshan_kit.errors import TooManyAtOnce
from pingshan_kit.http.peers import peer_of

MOST_UNDER_WAY = 128
"""Calls of one service, person or system that are under way in one process, and of one address that has not yet proved
whose it is: half of what one connection carries."""

PROMPT_PER_SECOND = 100
"""Calls a second that one address may make without proving who it is (`Health/Check`), and refusals a second that one
caller gets at once: a probe asks once a second or less."""

HELD_SECONDS = 1.0
"""For how long a refusal beyond that is held back, which costs nothing, so that who asks again at once cannot do so
thousands of times a second."""
_MOST_HELD = 2_048
"""Refusals that are held back at a time in one process."""
_MOST_KNOWN = 4_096
"""Peers whose pace is kept in mind: those of the last second."""


class Pace:
    """Lets `PROMPT_PER_SECOND` of each peer through at once, and holds back the rest."""

    def __init__(self) -> None:
        self._full_at: dict[str, float] = {}
        self._held = 0

    async def admit(self, peer: str) -> None:
        """Returns at once where the peer keeps the pace. Raises TooManyAtOnce, held back, where it does not."""
        if await self.slow_down(peer):
            raise TooManyAtOnce

    async def slow_down(self, peer: str) -> bool:
        """Returns False at once where the peer keeps the pace, and True later where it does not."""
        if self._is_prompt(peer):
            return False
        if self._held < _MOST_HELD:
            self._held += 1
            try:
                await asyncio.sleep(HELD_SECONDS)
            finally:
                self._held -= 1
        return True

    def _is_prompt(self, peer: str) -> bool:
        """Spends one turn of the peer's bucket, which holds one second's and is kept as the time when it is full."""
        now = time.monotonic()
        full_at = max(self._full_at.get(peer, now), now) + 1 / PROMPT_PER_SECOND
        if len(self._full_at) >= _MOST_KNOWN:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
        if full_at > now + 1 or len(self._full_at) >= _MOST_KNOWN:
            return False
        self._full_at[peer] = full_at
        return True


def address_of(peer: str) -> str:
    """Returns the address, as limits count it, of gRPC's peer: `ipv4:10.0.0.1:5000`, `ipv6:%5B::1%5D:5000`."""
    return peer_of(unquote(peer).partition(":")[2].rpartition(":")[0].strip("[]"))
