"""Identifiers that sort by the time they were made.

Own code until Python 3.14, whose `uuid.uuid7` does the same, is the oldest that we support.
"""

import hashlib
import secrets
import time
from datetime import datetime
from uuid import UUID

_NANOSECONDS_PER_MILLISECOND = 1_000_000
_last_tick = 0


def uuid7() -> UUID:
    """Returns a UUIDv7 (RFC 9562 section 5.7), greater than every earlier one of the process.

    The 12 bits of `rand_a` hold the fraction of the millisecond (section 6.2, method 3).
    """
    milliseconds, fraction = divmod(_next_tick(), 4096)
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def uuid7_of(at: datetime, name: str) -> UUID:
    """Returns the UUIDv7 of something that happened at `at`: the same for the same name, and so not random.

    For what may be recorded anew, after an older copy of a database was put back, and must be the same then.
    """
    named = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (named >> 64 & 0xFFF) << 64 | 0b10 << 62 | named & (1 << 62) - 1)


def _next_tick() -> int:
    """Returns the time in 1/4096 ms, always later than the last one."""
    global _last_tick  # noqa: PLW0603 - one counter per process is what makes the ids increase
    tick = time.time_ns() * 4096 // _NANOSECONDS_PER_MILLISECOND
    _last_tick = max(tick, _last_tick + 1)
    return _last_tick
