"""`pingshan up`: makes sure that a supervisor runs, and shows how the parts become ready."""

import fcntl
import os
import subprocess
import sys
import time

import psutil
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pingshan_tools.addresses import Ports, base_from_environment
from pingshan_tools.launcher import outside, ports_check, room, state, turns
from pingshan_tools.launcher.places import OTHERS, Places
from pingshan_tools.launcher.state import PartState, Phase, State
from pingshan_tools.process import is_running, tail

_GIVE_UP_AFTER = 5
"""Failures of one part in a row."""
_WORDS = {
    Phase.WAITING: ("waits for", "dim"),
    Phase.PREPARING: ("prepares", "cyan"),
    Phase.STARTING: ("starts", "cyan"),
    Phase.READY: ("ready", "green"),
    Phase.FAILED: ("failed, will be tried again", "red"),
}


class CommandError(Exception):
    """A command did not do what it should; the message is for people."""


def bring_up(places: Places, console: Console, *, seconds: float) -> State:
    """Starts a supervisor where none runs, and returns when every part is ready. Raises CommandError."""
    ports = Ports(base_from_environment())
    if shortage := room.shortage(places):
        raise CommandError(shortage)
    _make(places)
    with turns.coming_up(places, console):
        return _follow(_supervisor(places, ports), places, console, time.monotonic() + seconds)


def _supervisor(places: Places, ports: Ports) -> psutil.Process:
    """Returns the supervisor that runs, or one that is started. Raises CommandError."""
    supervisor = state.supervisor(places)
    if supervisor is None:
        return _start_supervisor(places, ports)
    if (shown := state.read(places)) and shown.base != ports.base:
        raise CommandError(
            f"The platform in {places.data} runs with PINGSHAN_PORT_BASE={shown.base}. "
            "Run `pingshan down` first, or choose another folder with PINGSHAN_DATA."
        )
    return supervisor


def _make(places: Places) -> None:
    try:
        places.make()
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}. Choose another folder with PINGSHAN_DATA.") from error


def _start_supervisor(places: Places, ports: Ports) -> psutil.Process:
    if sentences := ports_check.taken(places, ports, outside.from_environment()):
        raise CommandError(
            "\n".join(sentences) + "\nStop what uses it, or choose another range: PINGSHAN_PORT_BASE=28000 pingshan up"
        )
    places.state_file.unlink(missing_ok=True)
    places.log("supervisor").touch(mode=0o600)
    with places.log("supervisor").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "pingshan_tools.launcher.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=os.environ | {"PINGSHAN_DATA": str(places.data)},
            start_new_session=True,
            umask=OTHERS,
        )
    return psutil.Process(child.pid)


def _follow(supervisor: psutil.Process, places: Places, console: Console, end: float) -> State:
    drawn: State | None = None
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            alive = is_running(supervisor)
            shown = state.read(places)
            if shown and shown.supervisor == supervisor.pid:
                if shown != drawn:
                    live.update(table(shown), refresh=True)
                    drawn = shown
                if shown.all_ready:
                    return shown
                _give_up_on_failures(shown, room.shortage(places))
            if not alive and _is_kept(places):  # by another `up`, which began at the same time
                supervisor = state.supervisor(places) or supervisor
            elif not alive:
                raise CommandError(f"The supervisor stopped:\n{tail(places.log('supervisor'))}")
            if time.monotonic() > end:
                raise CommandError(f"Not everything was ready in time. The logs are in {places.logs}")
            time.sleep(0.1)


def _is_kept(places: Places) -> bool:
    """Returns whether a supervisor runs for the folder, also one that has not said anything yet."""
    with places.lock_file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _give_up_on_failures(shown: State, shortage: str) -> None:
    """Raises CommandError after too many failures, but not while another part, which may be needed, is on its way."""
    if any(part.phase in {Phase.PREPARING, Phase.STARTING} and not part.failures for part in shown.parts.values()):
        return
    for name, part in shown.parts.items():
        if part.failures >= _GIVE_UP_AFTER:
            reason = f"{name} failed {part.failures} times and is tried on until `pingshan down`:\n{part.detail}"
            raise CommandError(f"{reason}\n{shortage}".rstrip())


def table(shown: State) -> Table:
    made = Table.grid(padding=(0, 2))
    for width in (1, 16, 27):
        made.add_column(no_wrap=True, min_width=width)
    made.add_column(no_wrap=True, overflow="ellipsis")
    for name, part in shown.parts.items():
        word, style = _WORDS[part.phase]
        made.add_row(Text("●", style=style), name, Text(word, style=style), Text(_remark(part), style="dim"))
    return made


def _remark(part: PartState) -> str:
    if part.phase is Phase.FAILED:
        return part.detail.splitlines()[0]
    if part.phase is Phase.READY:
        return f"restarted {part.restarts} ×" if part.restarts else ""
    return part.detail
