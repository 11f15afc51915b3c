"""Identifiers of electronic licences (GB/T 36904) and their check character (ISO 7064 MOD 37,36)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from string import ascii_uppercase

ROOT = "1.2.156.3005.2"
LAST_VERSION = 999
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_SERIAL = re.compile(r"[0-9A-Z]{1,32}")
_KEPT_FOR_CASES = re.compile(r"20[0-9]{2}([0-9]{6}|[1-9][0-9]{6})[A-Z]?")
_FORM = re.compile(
    r"1\.2\.156\.3005\.2\.(?P<type_code>[0-9A-Z]{21})\.(?P<authority>[0-9A-Z]{18})"
    r"\.(?P<serial_number>[0-9A-Z]{1,32})\.(?P<version>(?!000)[0-9]{3})\.(?P<check>[0-9A-Z])"
)


class CheckVerdict(StrEnum):
    """Says whether the check character is right, wrong, or right by a widespread wrong routine."""

    VALID = "valid"
    LEGACY_VARIANT = "legacy-variant"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Identifier:
    """Holds the parts of an identifier that carry meaning; the check character follows from them."""

    type_code: str
    authority: str
    serial_number: str
    version: int

    @property
    def check(self) -> str:
        return check_character(self._checked)

    @property
    def _checked(self) -> str:
        return f"{self.type_code}{self.authority}{self.serial_number}{self.version:03d}"

    def __str__(self) -> str:
        return f"{ROOT}.{self.type_code}.{self.authority}.{self.serial_number}.{self.version:03d}.{self.check}"

    def judge(self, check: str) -> CheckVerdict:
        """Judges by the standard first; what the widespread routine gives is LEGACY_VARIANT, not WRONG."""
        if check == self.check:
            return CheckVerdict.VALID
        if check == _legacy_check_character(self._checked):
            return CheckVerdict.LEGACY_VARIANT
        return CheckVerdict.WRONG


def parse(text: str) -> tuple[Identifier, CheckVerdict] | None:
    """Returns the identifier and the verdict on its check character, or None where the form is wrong."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    identifier = Identifier(
        type_code=match["type_code"],
        authority=match["authority"],
        serial_number=match["serial_number"],
        version=int(match["version"]),
    )
    return identifier, identifier.judge(match["check"])


def next_version(identifier: str) -> Identifier | None:
    """Returns the identifier of the same licence's next version; None for text that is none, and after version 999."""
    parsed = parse(identifier)
    if parsed is None or parsed[0].version == LAST_VERSION:
        return None
    return replace(parsed[0], version=parsed[0].version + 1)


def qr_text(identifier: str, origin: str) -> str:
    """Returns what the QR code of a licence contains: the address of the public verification, with the identifier.

    Any telephone's camera leads there, and a photograph tells no more than the identifier; our own pages read the
    identifier out of it.
    """
    return f"{origin}/public/verify?identifier={identifier}"


def is_serial_number(text: str) -> bool:
    """Returns True for 1 to 32 characters of 0-9 and A-Z (GB/T 36904)."""
    return _SERIAL.fullmatch(text) is not None


def is_kept_for_cases(text: str) -> bool:
    """Returns True for year and number of a case of 2000 to 2099, such as 2026000124, also with a letter behind it."""
    return _KEPT_FOR_CASES.fullmatch(text) is not None


def serials_for_case(wanted: str) -> Iterator[str]:
    """Yields the serial number that a case wants, then the same with each letter, for where others have it."""
    yield wanted
    yield from (wanted + letter for letter in ascii_uppercase if is_serial_number(wanted + letter))


def check_character(text: str) -> str:
    """Returns the check character of ISO 7064 MOD 37,36 over 0-9 and A-Z, with A counting 10.

    Raises KeyError for a character outside the alphabet.
    """
    product = 36
    for character in text:
        total = (product + _VALUE[character]) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def _legacy_check_character(text: str) -> str:
    """Returns what a widespread routine gives: letters count from 11, a large sum with a letter is reduced by 37 first.

    Its last step is off by one too, so that digits alone differ as well.
    """
    product = 36
    for character in text:
        value = _VALUE[character]
        total = product + value
        if value >= 10:
            total = (total + 1) % 37 if total + 1 > 37 else total + 1
        product = (total % 36 or 36) * 2 % 37
    return _ALPHABET[36 - product]
