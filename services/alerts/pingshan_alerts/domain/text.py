"""Text that a database can keep: PostgreSQL takes no NUL, and UTF-8 no half of a surrogate pair."""

from collections.abc import Iterable, Mapping
from typing import Any


def storable(*texts: str) -> bool:
    return not any("\x00" in text or any("\ud800" <= character <= "\udfff" for character in text) for text in texts)


def strings(value: object) -> Iterable[str]:
    """Every string in a JSON value, names of fields included."""
    match value:
        case str():
            yield value
        case Mapping():
            for name, inner in value.items():
                yield from strings(name)
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)


def storable_json(value: Any) -> bool:
    return storable(*strings(value))
