"""Person numbers of 18 characters: resident numbers and residence permits (GB 11643-1999).

Own code because `stdnum.cn.ric.validate` looks up the six-digit area in a table that lacks real ones, and so refuses
real people: Pingshan's 440310 before 2016, for example. Here the area is checked to the province only.
"""

import re
from datetime import date

from stdnum.cn import ric

_FORM = re.compile(r"[0-9]{17}[0-9X]")
_PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)


def is_person_number(text: str) -> bool:
    """Returns whether form, province, date of birth and check character (ISO 7064 MOD 11-2) are right.

    X is right only in upper case and as the last character.
    """
    if not _FORM.fullmatch(text) or ric.calc_check_digit(text) != text[-1]:
        return False
    # A foreign permanent resident's number is 9, province, nationality; the date stands where everyone's does.
    province = text[1:3] if text[0] == "9" else text[:2]
    return province in _PROVINCES and _date_of_birth(text) is not None


def _date_of_birth(text: str) -> date | None:
    try:
        return date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None
