"""Identifiers as people type them and scanners give them, and where a wrong one may have slipped.

Interfaces stay strict; only pages read like this.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pingshan_values.credit_code import is_credit_code
from pingshan_values.text import Text

from pingshan_e_license.domain.identifier import ROOT, CheckVerdict, parse

_DOTS = str.maketrans("。・·‧∙•｡", ".......")
_DASHES = str.maketrans("", "", "-‐‑‒–—―−_|")
_AROUND = re.compile(r"[^0-9A-Z.]")
_RUN_TOGETHER = re.compile(r"1215630052([0-9A-Z]{21})([0-9A-Z]{18})([0-9A-Z]{1,32})([0-9]{3})([0-9A-Z])")
_WITHOUT_ROOT = re.compile(r"[0-9A-Z]{21}\.[0-9A-Z]{18}\.[0-9A-Z]{1,32}\.[0-9]{3}\.[0-9A-Z]")
_IN_ADDRESS = re.compile(r"[?&#]IDENTIFIER=([0-9A-Z.]+)")
_PARTS = (
    (21, Text("类型段", "type")),
    (18, Text("机构段", "authority")),
    (None, Text("流水号段", "serial number")),
    (3, Text("版本段", "version")),
    (1, Text("校验位", "check character")),
)
_ALL_DOTS = 9
_LOOKS_LIKE = {
    frozenset(pair)
    for pair in ("0O", "0D", "0Q", "OQ", "1I", "1L", "IL", "2Z", "5S", "6G", "8B", "UV", "VW", "17", "38")
}
_FEW = 4
"""Places that are worth marking; more would say no more than that one character is wrong."""
_LONGEST = 1_000


def as_typed(text: str) -> str:
    """Returns the identifier that somebody means: half-width, upper case, without gaps, line breaks and what stands
    around it, out of the address in our QR code, with its dots and its root; the stripped text where there is none.
    """
    if len(text) > _LONGEST:
        return text.strip()
    plain = "".join(
        each for each in unicodedata.normalize("NFKC", text).translate(_DOTS) if unicodedata.category(each) != "Cf"
    )
    joined = re.sub(r"\s+", "", plain).upper()
    in_address = _IN_ADDRESS.search(joined)
    if in_address is not None:
        return in_address[1]
    joined = joined.translate(_DASHES)
    from_root = joined[joined.index(ROOT) :] if ROOT in joined else joined
    bare = _AROUND.split(from_root)[0] if ROOT in joined else _longest_run(joined)
    if (run := _RUN_TOGETHER.fullmatch(bare.replace(".", ""))) is not None and bare.count(".") != _ALL_DOTS:
        return ".".join((ROOT, *run.groups()))
    if _WITHOUT_ROOT.fullmatch(bare):
        return f"{ROOT}.{bare}"
    bare = bare.strip(".")
    is_whole = bare.startswith(f"{ROOT}.") and bare.count(".") == _ALL_DOTS and ".." not in bare
    return bare if is_whole else text.strip()


def _longest_run(joined: str) -> str:
    return max(_AROUND.split(joined), key=len)


@dataclass(frozen=True, slots=True)
class Slip:
    """Names a place where one slip of the hand would explain the wrong check character."""

    position: int
    """From 0 in the identifier."""
    length: int
    """1 for a wrong character, 2 for two that were swapped."""
    typed: str
    right: str
    part: Text
    number: int
    """Of the character in its part, from 1."""

    @property
    def sentence(self) -> Text:
        if self.length == 2:
            return Text(
                f"{self.part.zh}第 {self.number}、{self.number + 1} 位“{self.typed}”可能颠倒了，应为“{self.right}”",
                f"{self.part.en}, characters {self.number} and {self.number + 1}: “{self.typed}” may be swapped"
                f" (“{self.right}”)",
            )
        return Text(
            f"{self.part.zh}第 {self.number} 位“{self.typed}”可能应为“{self.right}”",
            f"{self.part.en}, character {self.number}: “{self.typed}” may be “{self.right}”",
        )


def likely_slips(identifier: str) -> tuple[Slip, ...]:
    """Returns the few places where one wrong character, or two swapped ones, would make the identifier right.

    The check character finds each single slip, but alone does not say where. So what is likelier goes first: the credit
    codes in it have check characters of their own, people swap neighbours and mistake characters that look alike.
    Nothing where the form is wrong, the identifier right, or too many places are as likely. One that is right by the
    widespread routine may be a slip too: ask where it is not known.
    """
    parsed = parse(identifier)
    if parsed is None or parsed[1] is CheckVerdict.VALID:
        return ()
    found = [each for each in _slips(identifier) if _has_right_credit_codes(_mended(identifier, each))]
    alike = [each for each in found if each.length == 2 or frozenset(each.typed + each.right) in _LOOKS_LIKE]
    for likely in (found, alike):
        if 0 < len(likely) <= _FEW:
            return tuple(likely)
    return ()


def form_fault(identifier: str) -> Text | None:
    """Returns which part has too few or too many characters; None where the parts cannot be told apart."""
    parts = identifier.removeprefix(f"{ROOT}.").split(".")
    if not identifier.startswith(f"{ROOT}.") or len(parts) != len(_PARTS):
        return None
    for part, (length, name) in zip(parts, _PARTS, strict=True):
        if length is not None and len(part) != length:
            return Text(
                f"{name.zh}应为 {length} 位，现在是 {len(part)} 位。",
                f"The {name.en} has {length} characters, here it has {len(part)}.",
            )
    return None


def _slips(identifier: str) -> Iterator[Slip]:
    """Yields each single slip that gives a right identifier."""
    start = len(ROOT) + 1
    for part, (_, name) in zip(identifier[start:].split("."), _PARTS, strict=True):
        for offset, character in enumerate(part):
            position = start + offset
            neighbour = part[offset + 1 : offset + 2]
            if neighbour and neighbour != character:
                yield from _if_right(
                    identifier, Slip(position, 2, character + neighbour, neighbour + character, name, offset + 1)
                )
            for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
                if (other != character and other.isdigit() == character.isdigit()) or _alike(character, other):
                    yield from _if_right(identifier, Slip(position, 1, character, other, name, offset + 1))
        start += len(part) + 1


def _alike(character: str, other: str) -> bool:
    return frozenset(character + other) in _LOOKS_LIKE


def _if_right(identifier: str, slip: Slip) -> Iterator[Slip]:
    parsed = parse(_mended(identifier, slip))
    if parsed is not None and parsed[1] is CheckVerdict.VALID:
        yield slip


def _has_right_credit_codes(identifier: str) -> bool:
    """Returns whether the two credit codes in the identifier are right: the one its type code begins with, and the
    authority's."""
    type_code, authority = identifier[len(ROOT) + 1 :].split(".")[:2]
    return is_credit_code(type_code[:18]) and is_credit_code(authority)


def _mended(identifier: str, slip: Slip) -> str:
    return identifier[: slip.position] + slip.right + identifier[slip.position + slip.length :]
