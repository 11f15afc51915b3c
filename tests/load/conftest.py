"""Benchmarks: `make bench` runs them all and writes docs/reference/figures.md; they are no part of `make test`."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import structlog

from tests.support.load.figures import Figures
from tests.support.load.measuring import Processes, tree_of
from tests.support.platform import TestPlatform

_FIGURES = pytest.StashKey[Figures]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-figures", type=Path, metavar="FOLDER", help="write figures.md and figures.json there")
    parser.addoption("--rows", type=int, default=1_000_000, help="size of the large tables of the benchmarks of growth")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = Figures()


def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.getoption("write_figures")
    if folder is not None:
        session.config.stash[_FIGURES].write(folder)


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
