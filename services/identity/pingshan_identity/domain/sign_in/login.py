"""The names and numbers that people type to say who they are."""

import re
import unicodedata

from pingshan_values.mobile import to_e164

from pingshan_identity.domain.errors import MobileNotValid
from pingshan_identity.domain.realm import Realm

MAX_PASSWORD_LENGTH = 256
_STAFF = re.compile(r"[a-z0-9_]{2,40}")


def normalise(realm: Realm, typed: str) -> str | None:
    """Returns the login name of staff in lower case, or the mobile number of the public in E.164; None for others."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if realm is Realm.PUBLIC:
        return to_e164(text)
    return text.lower() if _STAFF.fullmatch(text.lower()) else None


def require_mobile(typed: str) -> str:
    """Returns the number in E.164. Raises MobileNotValid for text that is no mobile number."""
    number = normalise(Realm.PUBLIC, typed)
    if number is None:
        raise MobileNotValid
    return number
