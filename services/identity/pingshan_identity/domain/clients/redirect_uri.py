"""Redirect URIs: which may be named (RFC 9700 section 2.1, RFC 8252 section 7.3), and how parameters are added."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::([0-9]{1,5}))?(/[^#]*|)", re.ASCII)
"""Loopback URIs; RFC 8252 section 8.3 advises against `localhost`, but existing clients use it."""


def is_registered(uri: str, registered: Collection[str], *, native: bool) -> bool:
    """Returns whether the URI is registered, byte by byte; for a native app the port of a loopback URI may differ."""
    if uri in registered:
        return True
    portless = without_port(uri) if native else None
    return portless is not None and any(without_port(each) == portless for each in registered)


def origin_of(uri: str) -> str:
    """Returns the origin as a Content-Security-Policy names it; for an app's own scheme the scheme alone."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def without_port(uri: str) -> str | None:
    """Returns a loopback URI without its port; None for any other URI, or for a port outside 1 to 65535."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 80) not in range(1, 65_536):
        return None
    return found[1] + found[3]


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """Returns the URI with parameters added to the query that it has."""
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query))
