"""Chinese is the source language; English comes from `locale/en/messages.po`, read as it is at start."""

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po

Forms = tuple[str, ...]
"""One form of a message, or two: for one thing, and for any other number of them (`msgid_plural`)."""


class Words:
    """Holds the English words for Chinese message ids, from one or more folders; a later folder wins."""

    def __init__(self, *folders: Path) -> None:
        self._english: dict[str, Forms] = {}
        for folder in folders:
            self._english.update(_read(folder / "en" / "messages.po"))

    def __call__(self, language: str, message: str, **values: object) -> str:
        """Returns the message in that language with its `{names}` filled; Chinese where no English is known.

        Of a message with a plural in English, the first whole number among the values chooses the form.
        """
        text = message
        if language == "en" and message in self._english:
            one, *others = self._english[message]
            text = others[0] if others and _number(values) != 1 else one
        return text.format(**values) if values else text

    @property
    def english(self) -> Mapping[str, Forms]:
        """Returns the forms of each message, by its Chinese."""
        return self._english


def _number(values: Mapping[str, object]) -> int | None:
    return next((each for each in values.values() if isinstance(each, int)), None)


def _read(path: Path) -> dict[str, Forms]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    found = {}
    for message in catalogue:
        message_id, said = (_forms(message.id), _forms(message.string))
        if message_id[0] and said[0]:
            found[message_id[0]] = said
    return found


def _forms(text: object) -> Forms:
    return tuple(str(each) for each in text) if isinstance(text, tuple | list) else (str(text),)
