"""What the documents show is what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
QUOTED = re.compile(r"^\[`([^`]+)`\]\([^)]+\)\n```\w+\n(.*?)```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)\)|src=\"([^\"]+)\"")
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("services/*/README.md"),
    *ROOT.glob("libs/*/README.md"),
]
QUOTES = QUOTED.findall((ROOT / "docs/explanation/one-event.md").read_text(encoding="utf-8"))


def test_one_event_quotes_code() -> None:
    assert len(QUOTES) >= 8


@pytest.mark.parametrize(("path", "code"), QUOTES, ids=[path for path, _ in QUOTES])
def test_quoted_code_is_the_real_one(path: str, code: str) -> None:
    assert code in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    found = LINK.findall(document.read_text(encoding="utf-8"))
    missing = [link or source for link, source in found if not (document.parent / (link or source)).exists()]
    assert missing == []
