"""Text in both languages, and text that can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LANGUAGES = ("zh-Hans", "en")
"""BCP 47 tags of the languages that everything is said in, the default first."""


@dataclass(frozen=True, slots=True)
class Text:
    """Holds the same words in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Returns the English words for `en`, the Chinese ones for every other language tag (BCP 47)."""
        return self.en if language == "en" else self.zh


def is_storable(value: Any) -> bool:
    """Returns whether no string in a JSON value, names of fields included, has a NUL or a lone surrogate.

    PostgreSQL takes neither in a text, and UTF-8 has no form for the second (RFC 3629 section 3).
    """
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
        case Mapping():
            return all(is_storable(part) for pair in value.items() for part in pair)
        case list() | tuple():
            return all(is_storable(part) for part in value)
        case _:
            return True


def is_text(text: str, longest: int) -> bool:
    """Returns whether a required text has 1 to `longest` characters without spaces around it, and is storable."""
    return 1 <= len(text.strip()) <= longest and is_storable(text)


def shown(text: str) -> str:
    """Returns what a refusal may repeat of an input: its first 60 characters, with `?` for what UTF-8 has not."""
    return text[:60].encode("utf-8", "replace").decode()
