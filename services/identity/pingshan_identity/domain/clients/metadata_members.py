"""Members of a client's metadata (RFC 7591 section 2), each read as its kind; every fault is `invalid_client_metadata`.

A member that is null counts as left out (RFC 7592 section 2.2).
"""

from collections.abc import Collection, Mapping
from typing import Any

from pingshan_values.text import ONE_LINE, is_line

from pingshan_identity.domain.clients.redirect_uri import may_be_registered
from pingshan_identity.domain.oauth_error import OAuthError

MAX_ITEMS = 10
LONGEST_NAME = 100
_MOST_SECONDS = 2**31 - 1

Document = Mapping[str, Any]


def refused(why: str) -> OAuthError:
    """Returns the error of metadata that cannot be registered; `why` names the member."""
    return OAuthError("invalid_client_metadata", why)


def one_of(document: Document, name: str, values: Collection[str], default: str) -> str:
    """Returns one of the values. Raises OAuthError."""
    value = document.get(name, default)
    if not isinstance(value, str) or value not in values:
        raise refused(f"{name} must be one of {', '.join(values)}")
    return value


def optional(document: Document, name: str, values: Collection[str]) -> str | None:
    """Returns one of the values, or None where the member is left out. Raises OAuthError."""
    return one_of(document, name, values, "") if name in document else None


def flag(document: Document, name: str) -> bool:
    """Returns a boolean, False where it is left out. Raises OAuthError."""
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise refused(f"{name} must be true or false")
    return value


def seconds(document: Document, name: str) -> int | None:
    """Returns a whole number of seconds from 0, None where it is left out. Raises OAuthError."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_SECONDS:
        raise refused(f"{name} must be a whole number of seconds, 0 to {_MOST_SECONDS}")
    return value


def texts(document: Document, name: str, default: Collection[str]) -> tuple[str, ...]:
    """Returns at most 10 strings, each once. Raises OAuthError."""
    values = document.get(name, list(default))
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values) or len(values) > MAX_ITEMS:
        raise refused(f"{name} must be a list of at most {MAX_ITEMS} strings")
    return tuple(dict.fromkeys(values))


def words(document: Document, name: str) -> tuple[str, ...] | None:
    """Returns the words of a text, None where it is left out. Raises OAuthError."""
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise refused(f"{name} must be a text, its words parted by spaces")
    return tuple(value.split())


def line(document: Document, name: str, default: str) -> str:
    """Returns what people read: one line of 1 to 100 visible characters. Raises OAuthError."""
    value = document.get(name, default)
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not is_line(value, LONGEST_NAME):
        raise refused(f"{name} must be 1 to {LONGEST_NAME} characters, {ONE_LINE.en}")
    return value.strip()


def uris(document: Document, name: str, *, native: bool) -> tuple[str, ...]:
    """Returns addresses to which browsers are led. Raises OAuthError."""
    found = texts(document, name, ())
    if not all(may_be_registered(uri, native=native) for uri in found):
        raise refused(f"{name}: https without a fragment, loopback, or an app's own scheme")
    return found


def address(document: Document, name: str) -> str | None:
    """Returns an address, https without a fragment or loopback; None where it is left out. Raises OAuthError."""
    uri = document.get(name)
    if uri is not None and not (isinstance(uri, str) and may_be_registered(uri, native=False)):
        raise refused(f"{name}: https without a fragment, or loopback")
    return uri


def public_address(document: Document, name: str) -> str | None:
    """Returns an address, https without a fragment; None where it is left out. Raises OAuthError."""
    uri = address(document, name)
    if uri is not None and not uri.startswith("https://"):
        raise refused(f"{name} must be https")
    return uri
