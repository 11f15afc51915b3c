"""Where a sign-in leads: only back to our own authorization endpoint or pages, never elsewhere."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

_LOCAL_PAGE = re.compile(r"/((account|admin|device|sign-outs|sign-in-record)(/[A-Za-z0-9_.-]+)*)?")
AUTHORIZE = "/authorize"
FRESH = 60
"""Seconds within which a sign-in made for `prompt=login` counts as made for it."""


def safe_continuation(text: str | None) -> str:
    """The path to continue at; the launchpad for anything that is not ours (open redirects, RFC 9700 section 4.11)."""
    if text is None or not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return "/"
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.fragment:
        return "/"
    if parts.path == AUTHORIZE:
        return f"{AUTHORIZE}?{parts.query}"
    if not _LOCAL_PAGE.fullmatch(parts.path):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def after_sign_in(query: str) -> str:
    """The authorization request to come back to: `prompt` was answered by the sign-in page, so it becomes `max_age`."""
    pairs = parse_qsl(query, keep_blank_values=True)
    prompted = any(name == "prompt" for name, _ in pairs)
    kept = [(name, value) for name, value in pairs if name != "prompt" and not (prompted and name == "max_age")]
    if prompted:
        kept.append(("max_age", str(FRESH)))
    return f"{AUTHORIZE}?{urlencode(kept)}"
