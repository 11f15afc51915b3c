"""The table of figures says of each goal whether it is met, why not, and what was not measured."""

import json
from pathlib import Path

import pytest

from tests.support.load.figures import UNKNOWN, Figures, Limit, read_limits


@pytest.fixture
def figures() -> Figures:
    return Figures(limits={"slow": Limit("the disk", "a faster disk")})


def text_of(figures: Figures, folder: Path) -> str:
    figures.write(folder)
    return (folder / "figures.md").read_text("utf-8")


def test_a_missed_goal_says_by_how_much_and_why(figures: Figures, tmp_path: Path) -> None:
    figures.add("quick", 1.0, 3.0, 2.0, at_least=2)
    figures.add("slow", 0.5, peer="a peer", at_least=2)
    figures.add("hot", 30.0, unit="ms", at_most=10)
    figures.add("told", 7.0, unit="MB")
    rows = [line for line in text_of(figures, tmp_path).splitlines() if line.startswith("| ")][1:]
    assert rows == [
        "| quick | – | ≥ 2 | 2 (1 to 3) | met |",
        "| slow | a peer | ≥ 2 | 0.5 | missed: 0.25 of the goal. Limited by the disk. Tried: a faster disk. |",
        f"| hot | – | ≤ 10 ms | 30.0 ms | missed: 3 of the goal. {UNKNOWN} |",
        "| told | – | said | 7 MB |  |",
    ]


def test_what_was_not_measured_is_said(figures: Figures, tmp_path: Path) -> None:
    assert "Not measured" not in text_of(figures, tmp_path)
    figures.not_measured["bench_x.py::test_y"] = "not done after 300 s"
    assert text_of(figures, tmp_path).endswith(
        "\nNot measured in this run:\n\n- `bench_x.py::test_y`: not done after 300 s\n"
    )
    assert json.loads((tmp_path / "figures.json").read_text("utf-8"))["not_measured"] == figures.not_measured


def test_the_same_stands_in_the_json(figures: Figures, tmp_path: Path) -> None:
    figures.add("slow", 0.5, 0.7, 0.6, at_least=2)
    figures.write(tmp_path)
    document = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    [found] = document["figures"]
    assert (found["value"], found["values"], found["at_least"], found["met"]) == (0.6, [0.5, 0.7, 0.6], 2, False)
    assert {"commit", "day", "machine", "duration", "load"} <= set(document)


def test_every_limit_can_be_read() -> None:
    assert all(limit.limited_by and limit.tried for limit in read_limits().values())
