"""Starts our Python programs by forking one process that has imported what they need: a fork takes a tenth of the time.

Own code: `multiprocessing`'s fork server binds its children to the life of whoever asked for them, and gives them no
session, environment and log of their own; ours have to outlive the launcher.

It is a shortcut and nothing more: whoever is told None starts the program the ordinary way.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from pingshan_tools.fork_server_process import NO_THREADS, TITLE_ROOM
from pingshan_tools.process import Program, inherited

_PATIENCE = 60.0
"""Seconds for the answer, imports included."""
_LONGEST_TITLE = 1_500


class ForkServer:
    """Its process starts when it is first needed, and ends with `close` or with whoever started it."""

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._over = False
        self.pid = 0

    def begin(self, *programs: Program) -> None:
        """Starts to import, without waiting for it, what these need; what others need is imported for their start."""
        imports = [program.argv[2] for program in programs if _can_be_forked(program.argv)]
        if imports:
            with self._lock:
                self._start(imports)

    def fork(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        output: int,
        errors: int | None = None,
        pid: int | None = None,
        status: int | None = None,
    ) -> int | None:
        """Starts `python -m …` in `/` and in a session of its own, and returns its pid; None where it cannot.

        File descriptors: the program appends to `output` and `errors`, by default the same, writes its pid into `pid`
        before it runs, and its exit status (as `os.waitstatus_to_exitcode`) is in `status` when it has ended.
        """
        if not _can_be_forked(argv):
            return None
        named = {"output": output, "errors": errors, "pid": pid, "status": status}
        files = {name: file for name, file in named.items() if file is not None}
        order = {"argv": list(argv), "environment": dict(environment), "files": list(files)}
        with self._lock:
            if self._over:
                return None
            try:
                self._start()
                return self._asked(json.dumps(order).encode(), list(files.values()))
            except (OSError, ValueError):
                self._end()
                return None

    def run(self, argv: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str] | None":
        """Runs `python -m …` to its end; returns None where nobody knows how it ended."""
        (printed, output), (ended, status) = os.pipe(), os.pipe()
        with (
            os.fdopen(printed, encoding="utf-8", errors="replace") as text,
            os.fdopen(ended) as number,
            TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        ):
            try:
                pid = self.fork(argv, environment, output=output, errors=errors.fileno(), status=status)
            finally:
                os.close(output)
                os.close(status)
            said, code = text.read(), number.read()
            errors.seek(0)
            complaints = errors.read()
        return subprocess.CompletedProcess(argv, int(code), said, complaints) if pid and code else None

    def close(self) -> None:
        with self._lock:
            self._end()

    def _start(self, imports: Sequence[str] = ()) -> None:
        if self._connection is not None or self._over:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_PATIENCE)
        with self._log_file.open("ab") as log, theirs:
            child = subprocess.Popen(
                [sys.executable, "-m", "pingshan_tools.fork_server_process", *imports],
                stdin=theirs.fileno(),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=inherited() | TITLE_ROOM | NO_THREADS,
                start_new_session=True,
            )
        self.pid, self._connection = child.pid, ours
        threading.Thread(target=child.wait, daemon=True).start()  # so that it does not stay as a zombie

    def _asked(self, order: bytes, files: list[int]) -> int | None:
        """Raises OSError where the process is gone or silent, ValueError where it ended without an answer."""
        assert self._connection is not None  # noqa: S101 - started just now
        socket.send_fds(self._connection, [order], files)
        return int(self._connection.recv(32)) or None

    def _end(self) -> None:
        self._over = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _can_be_forked(argv: Sequence[str]) -> bool:
    """Returns whether it is a module of this Python, and its arguments find room in the title of a process."""
    return list(argv[:2]) == [sys.executable, "-m"] and len(" ".join(argv).encode()) <= _LONGEST_TITLE
