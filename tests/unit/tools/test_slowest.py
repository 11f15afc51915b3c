"""What the end of a test run says of its modules."""

import pytest

from tests.support.slowest import MOST, slowest


def report(nodeid: str, clock: float, processors: float) -> pytest.TestReport:
    used = [("processor seconds", processors), ("of another plugin", "?")]
    return pytest.TestReport(nodeid, ("", 0, ""), {}, "passed", None, "call", duration=clock, user_properties=used)


def test_the_slowest_modules_come_first_with_all_phases_of_their_tests() -> None:
    lines = slowest(
        [report("tests/a.py::one", 1, 0.5), report("tests/b.py::x[1]", 2, 3), report("tests/a.py::two", 4, 1)]
    )
    assert [line.split() for line in lines] == [["5.0", "1.5", "tests/a.py"], ["2.0", "3.0", "tests/b.py"]]


def test_only_the_slowest_are_told() -> None:
    assert len(slowest([report(f"tests/{number}.py::x", number, 0) for number in range(MOST + 3)])) == MOST
