"""At the end of a run: the modules that took longest, so that whoever makes the tests slower sees it."""

from collections import defaultdict
from collections.abc import Generator
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import psutil
import pytest

from tests.support.servers import fork_server

MOST = 10
_PROPERTY = "processor seconds"


class Slowest:
    """A plugin, in each worker to measure and in their controller to tell."""

    def __init__(self) -> None:
        self._used = _used()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        before, self._used = self._used, _used()
        report.user_properties.append((_PROPERTY, self._used - before))
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        reports = [report for kind in terminalreporter.stats.values() for report in kind]
        lines = slowest([report for report in reports if isinstance(report, pytest.TestReport)])
        if len(lines) > 1:
            terminalreporter.section(
                "slowest modules: seconds by the clock and of processors, theirs and their services'"
            )
            for line in lines:
                terminalreporter.write_line(line)


def slowest(reports: list[pytest.TestReport]) -> list[str]:
    """Returns a line for each of the slowest modules; work of the servers that all modules share is not counted."""
    clock: dict[str, float] = defaultdict(float)
    processors: dict[str, float] = defaultdict(float)
    for report in reports:
        module = report.nodeid.partition("::")[0]
        clock[module] += report.duration
        processors[module] += sum(float(str(value)) for name, value in report.user_properties if name == _PROPERTY)
    longest = sorted(clock, key=lambda module: -clock[module])[:MOST]
    return [f"{clock[module]:7.1f} {processors[module]:7.1f}  {module}" for module in longest]


def _used() -> float:
    """Returns the processor seconds of this process and its ended children, the forked ones among them."""
    own = sum(sum(getrusage(who)[:2]) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
    try:
        return own + sum(psutil.Process(fork_server().pid).cpu_times()[:4]) if fork_server().pid else own
    except psutil.NoSuchProcess:
        return own
