"""Unified social credit codes (GB 32100-2015)."""

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError


def is_credit_code(text: str) -> bool:
    """Returns whether a text has the form and check character of a credit code (GB 32100-2015 clause 5).

    It is strict: 18 characters, upper case, without separators.
    """
    try:
        return text.isascii() and uscc.validate(text) == text
    except (ValidationError, ValueError):
        return False


def with_check_character(first_17: str) -> str:
    """Returns the whole code for its first 17 characters (GB 32100-2015 annex A).

    Raises ValueError where a character is outside the alphabet, or there are not 17 of them.
    """
    if len(first_17) != 17:
        raise ValueError("a credit code has 17 characters before its check character")
    return first_17 + str(uscc.calc_check_digit(first_17))
