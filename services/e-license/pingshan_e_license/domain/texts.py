"""Text that can be kept and signed."""

from collections.abc import Mapping
from typing import Any

from pingshan_e_license.domain.errors import Violation


def is_storable(value: Any) -> bool:
    """No NUL and no lone surrogate anywhere in it: PostgreSQL takes neither, UTF-8 has no form for the second."""
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
        case Mapping():
            return all(is_storable(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return all(is_storable(part) for part in value)
        case _:
            return True


def text_violation(path: str, text: str, longest: int, zh: str, en: str) -> Violation | None:
    """The violation of a text that must have 1 to `longest` characters after stripping; none where it is right."""
    right = 1 <= len(text.strip()) <= longest and is_storable(text)
    return None if right else Violation(path, zh, en)


def shown(text: str) -> str:
    """What a refusal may repeat of an input: short, and with a form in UTF-8."""
    return text[:60].encode("utf-8", "replace").decode()
