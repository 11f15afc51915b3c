"""Checks a status list, and what it says of one place."""

import json
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pingshan_kit.trust import jose
from pingshan_kit.trust.jose import TokenRefused
from pingshan_values.status_list import INVALID, MEDIA_TYPE, SUSPENDED, VALID, StatusListInvalid, StatusToken

from pingshan_tools.transparency import Refused

_LONGEST = 1_000_000
_ALGORITHM = "ES256"
WORDS = {VALID: "VALID", INVALID: "INVALID", SUSPENDED: "SUSPENDED"}


def read_list(token: str, jwks: Any, *, uri: str, now: int, last_issued_at: int | None) -> StatusToken:
    """Returns the list whose token one of the keys signed for this address.

    Raises Refused for another signature, address or type, for a list without `exp`, expired, from the future, or older
    than the last one seen.
    """
    token = token.strip()
    try:
        kid = jose.key_id(token, frozenset({MEDIA_TYPE}), longest=_LONGEST)
        key = KeySet.import_key_set(jwks).get_by_kid(kid)
        claims = json.loads(jose.payload(token, key, _ALGORITHM))
    except (TokenRefused, JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"the list is not signed by a key of its issuer: {error}") from error
    try:
        return StatusToken.of(claims, uri=uri, now=now, last_issued_at=last_issued_at)
    except StatusListInvalid as error:
        raise Refused(str(error)) from error


def word_at(token: StatusToken, index: int) -> str:
    """Returns the status at the index: VALID, INVALID or SUSPENDED, or its number. Raises Refused past the end."""
    try:
        status = token.list.at(index)
    except StatusListInvalid as error:
        raise Refused(str(error)) from error
    return WORDS.get(status, f"APPLICATION_SPECIFIC {status}")


def last_seen(file: Path, uri: str) -> int | None:
    """Returns `iat` of the newest list of the address that the file remembers."""
    if not file.exists():
        return None
    found = _seen(file).get(uri)
    return found if isinstance(found, int) else None


def remember(file: Path, token: StatusToken) -> None:
    """Writes down how old the list is that was seen now."""
    seen = _seen(file) if file.exists() else {}
    file.write_text(json.dumps(seen | {token.uri: token.issued_at}, indent=2) + "\n", "utf-8")


def _seen(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{file} cannot be read: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise Refused(f"{file} does not say which lists were seen")
    return found
