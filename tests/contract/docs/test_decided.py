"""The tables "Where it is decided" name files that exist, and names that stand in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = [*sorted(ROOT.glob("services/*/README.md")), ROOT / "libs/kit/README.md", ROOT / "CONTRIBUTING.md"]
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
PLACE = re.compile(r"`([^`:]+)(?:: ([^`]+))?`")


def rows(document: Path) -> list[tuple[str, str]]:
    """Returns question and places of each row, without the table's head."""
    _, _, section = document.read_text("utf-8").partition("\n## Where it is decided\n")
    return [row for row in ROW.findall(section.partition("\n## ")[0]) if not set(row[0]) <= {"-", " "}][1:]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_row_names_files_that_are_there(document: Path) -> None:
    found = rows(document)
    assert len(found) >= 10
    package = next(document.parent.glob("pingshan_*"), ROOT)
    missing = []
    for question, places in found:
        assert PLACE.search(places), question
        for path, names in PLACE.findall(places):
            file = next((base / path for base in (package, ROOT) if (base / path).exists()), None)
            text = file.read_text("utf-8") if file and file.is_file() else ""
            absent = [name for name in names.split(", ") if name and name.rpartition(".")[2] not in text]
            if file is None or absent:
                missing.append((path, absent))
    assert missing == []
