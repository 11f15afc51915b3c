"""`pingshan down`: ends the supervisor, then its children in order; what was kept stays."""

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from rich.console import Console

from pingshan_tools import process
from pingshan_tools.launcher import children, state, turns
from pingshan_tools.launcher.children import Record
from pingshan_tools.launcher.places import Places


def bring_down(places: Places, console: Console) -> int:
    """Stops the children, services first and servers last, so that all is written down; returns their number.

    Waits for an `up` or another `down` under way, and says so.
    """
    if not places.run.is_dir():
        return 0
    with turns.going_down(places, console):
        return _stop_all(places, console)


def _stop_all(places: Places, console: Console) -> int:
    if supervisor := state.supervisor(places):
        process.stop(supervisor, seconds=10)
    places.state_file.unlink(missing_ok=True)
    alive = [record for record in children.records(places) if children.running(record, places)]
    alive.sort(key=lambda record: -record.order)
    with ThreadPoolExecutor() as pool:
        for _, together in groupby(alive, key=lambda record: record.order):
            list(pool.map(lambda record: _stop(record, places, console), list(together)))
    return len(alive)


def _stop(record: Record, places: Places, console: Console) -> None:
    went = children.stop(record, places)
    console.print(f"[green]●[/] {record.name} stopped" if went else f"[yellow]●[/] {record.name} had to be killed")
