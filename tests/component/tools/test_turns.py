"""`pingshan up` and `pingshan down` of one folder come one after the other, and the second says that it waits."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from pingshan_tools.launcher import down, turns, up
from pingshan_tools.launcher.places import Places
from pingshan_tools.launcher.state import State
from rich.console import Console


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "data")
    made.make()
    return made


class Beside:
    """Something that runs in a thread, since a lock of one process keeps out nobody in its own file."""

    def __init__(self, run: object) -> None:
        assert callable(run)
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def is_done(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()


def test_down_waits_for_up_and_says_so(places: Places) -> None:
    said = StringIO()
    with turns.coming_up(places, Console()):
        going = Beside(lambda: down.bring_down(places, Console(file=said)))
        assert not going.is_done(0.5)
        assert "Waiting for another `pingshan up`" in said.getvalue()
    assert going.is_done(10)


def test_up_waits_for_down_and_says_so(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    said, begun = StringIO(), threading.Event()
    shown = State(supervisor=1, base=18081)

    def supervisor(*_: object) -> None:
        begun.set()

    monkeypatch.setattr(up, "_supervisor", supervisor)
    monkeypatch.setattr(up, "_follow", lambda *_: shown)
    monkeypatch.setattr("pingshan_tools.launcher.room.shortage", lambda _: "")
    with turns.going_down(places, Console()):
        coming = Beside(lambda: up.bring_up(places, Console(file=said), seconds=1))
        assert not coming.is_done(0.5)
        assert not begun.is_set(), "the supervisor would be missed by the one that goes down"
        assert "Waiting for a `pingshan down`" in said.getvalue()
    assert coming.is_done(10)
    assert begun.is_set()


def test_two_that_come_up_do_not_wait_for_each_other(places: Places) -> None:
    said = StringIO()
    with turns.coming_up(places, Console()), turns.coming_up(places, Console(file=said)):
        assert not said.getvalue()


def test_down_makes_no_folder(tmp_path: Path) -> None:
    assert down.bring_down(Places(tmp_path / "nowhere"), Console(file=StringIO())) == 0
    assert not (tmp_path / "nowhere").exists()
