"""Lets `pingshan up` and `pingshan down` of one folder come one after the other.

A `down` amid an `up` would miss the supervisor that has just been started, and leave what that starts.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from pingshan_tools.launcher.places import Places


@contextmanager
def coming_up(places: Places, console: Console) -> Iterator[None]:
    """Waits for a `down` under way; others that come up at the same time find the one supervisor."""
    with _turn(places, console, fcntl.LOCK_SH, "Waiting for a `pingshan down` of this folder to end."):
        yield


@contextmanager
def going_down(places: Places, console: Console) -> Iterator[None]:
    """Waits for every `up` under way, and for another `down`."""
    said = "Waiting for another `pingshan up` or `pingshan down` of this folder to end; Ctrl+C there ends it at once."
    with _turn(places, console, fcntl.LOCK_EX, said):
        yield


@contextmanager
def _turn(places: Places, console: Console, kind: int, said: str) -> Iterator[None]:
    with places.turns_file.open("a") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(said, highlight=False)
            fcntl.flock(lock, kind)
        yield
