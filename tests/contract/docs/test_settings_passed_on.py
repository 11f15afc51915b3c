"""The reference says which settings the launcher passes on, and nothing else of them."""

import re
from pathlib import Path

from pingshan_tools.launcher.front import PASSED_ON, from_environment

REFERENCE = (Path(__file__).parents[3] / "docs/reference/settings.md").read_text(encoding="utf-8")


def test_the_reference_names_what_is_passed_on() -> None:
    [said] = re.findall(r"^\*\*`pingshan up` passes on\*\*(.*?) of each service", REFERENCE, re.MULTILINE)
    assert re.findall(r"`([A-Z_]+)`", said) == ["PUBLIC_URL", *(each.upper() for each in PASSED_ON)]


def test_nothing_else_is_passed_on() -> None:
    front = from_environment({"PINGSHAN_IDENTITY_REGISTERED_TRUSTED": "a.example", "PINGSHAN_IDENTITY_HELP_LINE": "1"})
    assert (front.origins, front.settings) == ({}, {})
