"""Chinese is the source language; English comes from `locale/en/messages.po`, read as it is at start."""

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po


class Words:
    """Holds the English words for Chinese message ids, from one or more folders; a later folder wins."""

    def __init__(self, *folders: Path) -> None:
        self._english: dict[str, str] = {}
        for folder in folders:
            self._english.update(_read(folder / "en" / "messages.po"))

    def __call__(self, language: str, message: str, **values: object) -> str:
        """Returns the message in that language with its `{names}` filled; Chinese where no English is known."""
        text = self._english.get(message, message) if language == "en" else message
        return text.format(**values) if values else text

    @property
    def english(self) -> Mapping[str, str]:
        return self._english


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
