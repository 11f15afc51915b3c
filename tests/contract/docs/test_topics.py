"""Topics have the same names in a service's README, its rooms and its tests, and none is too large to look through."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVICES = sorted(path.parent for path in ROOT.glob("services/*/README.md"))
ROOMS = ("domain", "usecases", "store", "entrypoints")
TESTS = ("unit", "component", "security", "faults", "fuzz", "load")
NO_TOPICS = {"errors", "migrations", "tables"}
"""Folders of a room that divide one thing: the table of errors, the schema."""
PAGES_OF_ADMINISTRATORS = {"admin", "console"}
FILES = 24
"""More than this in one folder is more than CONTRIBUTING's "about 20"."""


def topics(service: Path) -> set[str]:
    """Returns the topics of the README's table; none where the service is small enough to have none."""
    _, _, section = (service / "README.md").read_text("utf-8").partition("\n## Topics\n")
    return set(re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE))


def package(service: Path) -> Path:
    return next(service.glob("pingshan_*"))


WITH_TOPICS = [each for each in SERVICES if topics(each)]
assert {each.name for each in WITH_TOPICS} >= {"identity", "e-license"}


def folders(room: Path) -> set[str]:
    return {each.name for each in room.glob("*/") if each.is_dir() and any(each.glob("*.py"))}


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_topics_are_those_of_the_readme(service: Path) -> None:
    assert folders(package(service) / "usecases") == topics(service)


@pytest.mark.parametrize("service", WITH_TOPICS, ids=lambda path: path.name)
@pytest.mark.parametrize("room", ["domain", "store", "entrypoints"])
def test_rooms_know_no_other_topics(room: str, service: Path) -> None:
    assert folders(package(service) / room) - NO_TOPICS <= topics(service)


@pytest.mark.parametrize("service", WITH_TOPICS, ids=lambda path: path.name)
def test_templates_know_no_other_topics(service: Path) -> None:
    folders_of_pages = {each.name for each in (package(service) / "web/templates").iterdir() if each.is_dir()}
    assert folders_of_pages - PAGES_OF_ADMINISTRATORS <= topics(service)


@pytest.mark.parametrize("service", WITH_TOPICS, ids=lambda path: path.name)
@pytest.mark.parametrize("question", TESTS)
def test_tests_know_no_other_topics(question: str, service: Path) -> None:
    assert folders(ROOT / "tests" / question / service.name) <= topics(service)


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_no_folder_of_a_room_is_too_large(service: Path) -> None:
    rooms = [package(service) / name for name in ROOMS]
    every = [folder for room in rooms for folder in (room, *room.rglob("*/")) if folder.is_dir()]
    sizes = {
        str(folder.relative_to(service)): sum(each.name != "__init__.py" for each in folder.glob("*.py"))
        for folder in every
    }
    assert {name: size for name, size in sizes.items() if size > FILES} == {}
