"""The reference of the kit's settings names each of them, with its default."""

from pathlib import Path

import pytest
from pingshan_kit.settings import ServiceSettings

REFERENCE = (Path(__file__).parents[3] / "docs/reference/settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_the_reference_names_the_setting(name: str) -> None:
    assert f"`{name.upper()}`" in REFERENCE


@pytest.mark.parametrize("name", [name for name in ServiceSettings.model_fields if name.startswith("database_")][1:])
def test_the_reference_has_the_default(name: str) -> None:
    assert f"| `{name.upper()}` | {ServiceSettings.model_fields[name].default:g} |" in REFERENCE
