"""Browsers in which somebody has signed in before, known by a cookie (OWASP, "device cookies").

The cookie signs nobody in, and proves nothing but that guesses of its browser are counted apart. It holds up to four
people, since workstations are shared; each entry has a random id, its end, and the keyed hash that binds the two to the
person. `index` in the functions below is that hash.
"""

import base64
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

LIFE = timedelta(days=180)
MOST_PEOPLE = 4
_LONGEST = 600
"""Characters of a cookie that are read."""

Index = Callable[[str], bytes]


def browser_id(cookie: str, person_id: str, now: datetime, index: Index) -> str | None:
    """Returns the id of the browser for that person; None where they have not signed in there for 180 days."""
    for entry in _entries(cookie):
        ends, identifier, tag = entry.split(":")
        if int(ends) > now.timestamp() and hmac.compare_digest(tag, _tag(person_id, ends, identifier, index)):
            return identifier
    return None


def renewed(cookie: str, person_id: str, now: datetime, index: Index) -> str:
    """Returns the cookie after a sign-in of that person: theirs first, the one unused for longest beyond four goes."""
    others = [entry for entry in _entries(cookie) if browser_id(entry, person_id, now, index) is None]
    ends, identifier = str(int((now + LIFE).timestamp())), secrets.token_urlsafe(12)
    mine = f"{ends}:{identifier}:{_tag(person_id, ends, identifier, index)}"
    return ".".join([mine, *others][:MOST_PEOPLE])


def _entries(cookie: str) -> list[str]:
    parts = [entry.split(":") for entry in cookie[:_LONGEST].split(".")]
    readable = [part for part in parts if len(part) == 3 and part[0].isascii() and part[0].isdecimal()]
    return [":".join(part) for part in readable if len(part[0]) < 12 and all(text.isascii() for text in part)]


def _tag(person_id: str, ends: str, identifier: str, index: Index) -> str:
    digest = index(f"known browser {person_id} {ends} {identifier}")[:18]
    return base64.urlsafe_b64encode(digest).decode()
