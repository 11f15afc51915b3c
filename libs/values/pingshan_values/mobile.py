"""Mobile numbers of mainland China."""

import re

_NATIONAL = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")
_SEPARATORS = re.compile(r"[\s-]")


def to_e164(text: str) -> str | None:
    """Returns the number in E.164 form (ITU-T E.164), like +8613800000001; None where it is no mobile number."""
    match = _NATIONAL.fullmatch(_SEPARATORS.sub("", text))
    return f"+86{match[1]}" if match and match[0].isascii() else None
