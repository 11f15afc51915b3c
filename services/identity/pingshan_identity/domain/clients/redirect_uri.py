"""Redirect URIs: which may be registered and which named (RFC 9700 section 2.1, RFC 8252 section 7), and how parameters
are added.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::([0-9]{1,5}))?(/[^#]*|)", re.ASCII)
"""Loopback URIs; RFC 8252 section 8.3 advises against `localhost`, but existing clients use it."""

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
"""Scheme of a native app: a reversed domain name (RFC 8252 section 7.1)."""
_URI = re.compile(r"[!-~]{1,500}", re.ASCII)


def may_be_registered(uri: str, *, native: bool) -> bool:
    """Returns whether a client may register the URI: https without a fragment, or http of the same machine; for a
    native app also its own scheme (RFC 9700 section 2.1, RFC 8252 sections 7.1 and 7.3).
    """
    return _is_place(uri) or (native and _is_own_scheme(uri))


def is_web_address(uri: str) -> bool:
    """Returns whether the address may stand in a link to a system: http or https, without credentials."""
    parts = _place(uri)
    return parts is not None and parts.scheme in {"http", "https"}


def is_registered(uri: str, registered: Collection[str], *, native: bool) -> bool:
    """Returns whether the URI is registered, byte by byte; for a native app the port of a loopback URI may differ."""
    if uri in registered:
        return True
    portless = without_port(uri) if native else None
    return portless is not None and any(without_port(each) == portless for each in registered)


def origin_of(uri: str) -> str:
    """Returns the origin of a URI; for an app's own scheme the scheme alone."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def form_targets(origin: str) -> list[str]:
    """Returns the sources that `form-action` needs for a form that leads to a relying party at the origin (CSP Level 3
    section 2.3.1).

    Browsers check it at every redirect after the form, and a relying party may take its answer at one host and lead on
    to another, as sign-in gateways do. Those hosts are registered nowhere, so that any by TLS may be the next; from an
    address on the person's own machine also one without.
    """
    scheme = origin.partition(":")[0]
    further = {"https": ["https:"], "http": ["http:", "https:"]}.get(scheme, [])
    if "[" in origin:  # an IPv6 address is no host there
        return further
    # what would end the directive is escaped
    return [origin.replace(";", "%3B").replace(",", "%2C"), *further]


def home_of(uris: Sequence[str]) -> str | None:
    """Returns the front page of the first web address among redirect URIs; None where there is none."""
    origins = (origin_of(uri) for uri in uris if uri.startswith(("https://", "http://")))
    return next((f"{origin}/" for origin in origins), None)


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


def _is_place(uri: str) -> bool:
    parts = _place(uri)
    if parts is None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK_HOSTS)


def _place(uri: str) -> SplitResult | None:
    """Returns the parts of an address with a host and neither fragment nor credentials; None for any other text."""
    if not _URI.fullmatch(uri) or "#" in uri or "\\" in uri:
        return None
    try:
        parts = urlsplit(uri)
        valid = parts.hostname is not None and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return parts if valid else None


def _is_own_scheme(uri: str) -> bool:
    scheme, separator, _ = uri.partition(":")
    return bool(separator and _URI.fullmatch(uri) and "#" not in uri and _OWN_SCHEME.fullmatch(scheme))
