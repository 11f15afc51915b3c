"""Benchmarks: `make bench` runs them all and writes docs/reference/figures.md; they are no part of `make test`.

A run ends within 25 minutes, and the one benchmark that is under way then: it is cut off where it takes too long, and
what was not measured is said in the figures.
"""

import logging
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psutil
import pytest
import structlog

from tests.support.load.figures import Figures
from tests.support.load.measuring import Processes, tree_of
from tests.support.platform import TestPlatform

_FIGURES = pytest.StashKey[Figures]()
RUN_SECONDS = 25 * 60
"""After which no other benchmark begins, where the figures are written."""
LONGEST_SECONDS = 5 * 60
"""That the preparation of one benchmark may take, and the benchmark."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-figures", type=Path, metavar="FOLDER", help="write figures.md and figures.json there")
    parser.addoption("--rows", type=int, default=1_000_000, help="size of the large tables of the benchmarks of growth")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = Figures()


def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.getoption("write_figures")
    if folder is not None:
        session.config.stash[_FIGURES].write(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    if item.config.getoption("write_figures") and time.monotonic() - _figures(item).began > RUN_SECONDS:
        pytest.skip(f"the {RUN_SECONDS // 60} minutes of the run were over")
    with _cut_off():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    with _cut_off():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not report.passed and call.excinfo is not None and report.when != "teardown":
        said = str(call.excinfo.value).strip() or call.excinfo.typename
        _figures(item).not_measured[item.nodeid] = said.splitlines()[0]
    return report


def _figures(item: pytest.Item) -> Figures:
    return item.config.stash[_FIGURES]


@contextmanager
def _cut_off() -> Iterator[None]:
    """Raises TimeoutError in the block when it takes too long, whatever it waits for."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {LONGEST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def only_warnings() -> Iterator[None]:
    """A use case in this process would print its log between the figures, and pay for it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """What the benchmarks of this run found."""
    return pytestconfig.stash[_FIGURES]


@pytest.fixture(scope="module")
def postgres_processes(platform: TestPlatform) -> Processes:
    """PostgreSQL's processes of the moment."""
    pid = int((platform.templates.server.cluster / "postmaster.pid").read_text().split("\n")[0])
    return tree_of(psutil.Process(pid))


@pytest.fixture(scope="module")
def processes_of(platform: TestPlatform) -> Callable[[str], Processes]:
    """`processes_of("identity")`: the started service with its children."""

    def found(service: str) -> Processes:
        [process] = [each.process for each in platform.running if each.program.name.startswith(service)]
        assert process is not None
        return tree_of(process)

    return found
