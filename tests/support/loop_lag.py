"""How long an act keeps the event loop of a service from everybody else, as its /readyz says it.

What counts is processor time of the loop's own thread, the least of three tries: a computation takes as long each time,
what a neighbour on this machine's host takes away comes and goes.
"""

from collections.abc import Iterator

import httpx

from tests.support.servers import until

MOST_SECONDS = 0.2
_TRIES = 3


def tries(address: str, act: str) -> Iterator[int]:
    """Yields 0, 1, 2 until a try kept the loop for less than 200 ms; fails where none did.

    `for number in tries(address, "an export"): …` does the act in its body.
    """
    taken = []
    for number in range(_TRIES):
        until(lambda: _busy(address) < MOST_SECONDS, seconds=90)  # what was before is forgotten after a minute
        yield number
        taken.append(_busy(address))
        if taken[-1] < MOST_SECONDS:
            return
    raise AssertionError(f"{act} kept the event loop for {[round(each * 1000) for each in taken]} ms")


def _busy(address: str) -> float:
    """Seconds that one computation kept the loop, the worst of the last minute."""
    return float(httpx.get(f"{address}/readyz", timeout=30).json()["figures"]["loop_lag"]["busy"])
