"""Text in both languages, text that can be kept, and text that reads as it is written."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
_HIDING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""General categories (UAX #44) whose characters break the line, turn the text round or are not seen."""
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159]")
"""Letters, marks and signs by their category of which nothing is drawn: fillers of Hangul, Braille without dots."""
_SHAPED = "[\u0620-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u1800-\u180d\u180f-\u18af]"
_JOINER = re.compile(f"(?<={_SHAPED})[\u180e\u200c\u200d](?={_SHAPED})")
"""Joiners and the Mongolian vowel separator where they shape a letter: within Arabic or Mongolian script."""
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


ONE_LINE = Text("一行文字，不含控制字符和看不见的字符", "in one line without control characters or invisible ones")
"""What a refusal says of a text that `is_line` refuses."""
SEVERAL_LINES = Text("文字，不含控制字符和看不见的字符", "without control characters or invisible ones")
"""What a refusal says of a text that `is_text` refuses."""


def strings(value: Any) -> Iterator[str]:
    """Yields every string in a JSON value, names of fields included."""
    waiting = [value]  # no recursion: the depth is the sender's choice
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]


def is_storable(value: Any) -> bool:
    """Returns whether no string in a JSON value, names of fields included, has a NUL or a lone surrogate.

    PostgreSQL takes neither in a text, and UTF-8 has no form for the second (RFC 3629 section 3).
    """
    return not any(map(_NOT_STORABLE.search, strings(value)))


def storable(text: str) -> str:
    """Returns the text with `?` for every NUL and lone surrogate: for what must be kept whoever sent it."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def is_line(text: str, longest: int) -> bool:
    """Returns whether a required text of one line has 1 to `longest` characters without spaces around it.

    No character may break the line, turn the text round or hide in it: controls, bidirectional marks, overrides and
    isolates (UAX #9), zero-width spaces, soft hyphens, tags, fillers, lone surrogates, noncharacters, line and
    paragraph separators; and a text of marks alone, which need a letter to stand on, is none. Names keep what they
    need: every letter and mark, also those newer than Python's tables (GB 18030-2022 level 3), variation selectors
    of Han and Mongolian, the Tibetan tsheg, U+00B7, U+3000, private use; U+200C, U+200D and U+180E stand only
    between letters of Arabic (Uyghur, Kazakh) or Mongolian script, which they shape.
    """
    return len(text.strip()) <= longest and _is_seen(text) and _is_plain(text)


def is_text(text: str, longest: int) -> bool:
    """Returns whether a required text has 1 to `longest` characters without spaces around it.

    It may have line breaks (LF or CRLF) and tabs, and otherwise what `is_line` admits.
    """
    lines = text.replace("\r\n", "\n").replace("\t", " ").split("\n")
    return len(text.strip()) <= longest and _is_seen(text) and all(map(_is_plain, lines))


def one_line(text: str) -> str:
    """Returns a text in one line, with one space for what `is_line` refuses and for each run of spaces."""
    kept = {match.start() for match in _JOINER.finditer(text)}
    plain = (" " if _hides(each) and place not in kept else each for place, each in enumerate(text))
    return " ".join("".join(plain).split())


def _is_plain(text: str) -> bool:
    return (text.isprintable() and not _BLANK.search(text)) or not any(map(_hides, _JOINER.sub("", text)))


def _is_seen(text: str) -> bool:
    return any(unicodedata.category(each)[0] not in "MZ" and not _hides(each) for each in text)


def _hides(character: str) -> bool:
    return (
        unicodedata.category(character) in _HIDING
        or ord(character) & 0xFFFE == 0xFFFE
        or "\ufdd0" <= character <= "\ufdef"
        or _BLANK.match(character) is not None
    )


def shown(text: str, longest: int = 60) -> str:
    """Returns what a page may repeat of an input: its first characters, with `?` for what `is_line` refuses."""
    return "".join("?" if _hides(character) else character for character in text[:longest])
