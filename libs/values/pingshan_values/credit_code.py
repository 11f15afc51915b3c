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
