"""The process of a `Worker`: takes a function's name and arguments from its pipe, and answers with what it returns."""

import importlib
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, Literal

from pingshan_values.errors import DomainError

LENGTH = struct.Struct(">Q")
"""Stands before every order and every answer, which are pickled: parent and child are one program."""
_MEMORY = 512 * 1024 * 1024
"""Bytes of data that the work may hold."""
_NICE = 5
"""Lets the event loops of the machine go first."""

Outcome = Literal["found", "refused", "failed"]
"""Says what an answer is: a result, a DomainError as its class and params, or the name of another exception's type."""


def serve(orders: BinaryIO, answers: BinaryIO, imports: Sequence[str]) -> None:
    """Works until the pipe ends, because the parent closed it or was killed."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in imports:
        importlib.import_module(name)
    while length := orders.read(LENGTH.size):
        answer = pickle.dumps(_answer(orders.read(LENGTH.unpack(length)[0])))
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _answer(order: bytes) -> tuple[Outcome, Any]:
    try:
        work, args, seconds = pickle.loads(order)  # noqa: S301 - written by our own parent
        signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends a process, also one that is inside C
        try:
            return "found", work(*args)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except MemoryError:
        os._exit(1)
    except DomainError as refused:
        return "refused", (type(refused), refused.params)
    except Exception as error:  # noqa: BLE001 - its text may show values of the work
        return "failed", type(error).__name__


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, sys.argv[1:])
