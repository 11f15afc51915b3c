"""Continuations of a sign-in: only our own authorization endpoint and pages."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode, urlsplit

_LOCAL_PAGE = re.compile(r"/((account|admin|device|sign-outs|sign-in-record)(/[A-Za-z0-9_.-]+)*)?")
AUTHORIZE = "/authorize"
FRESH = 60
"""Seconds for which a sign-in counts as made for the `prompt=login` that asked for it."""
_ANSWERED = frozenset({"login", "select_account"})


def has_just_signed_in(auth_time: datetime, now: datetime) -> bool:
    """Returns whether the sign-in is less than 60 s old, and so was made for the request that comes back now."""
    return (now - auth_time).total_seconds() < FRESH


def safe_continuation(text: str | None) -> str:
    """Returns the path to continue at; `/` for None and for anything that is not ours (open redirects, RFC 9700 section
    4.11).
    """
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


def after_sign_in(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns the authorization request to come back with after the sign-in.

    The sign-in answers `prompt` values `login` and `select_account`, and a `max_age` below 60 s: `max_age=60` replaces
    them, so that the fresh sign-in passes. `consent` stays.
    """
    kept = [(name, value) for name, value in pairs if name not in {"prompt", "max_age"}]
    prompts = [word for name, value in pairs if name == "prompt" for word in value.split()]
    ages = [value for name, value in pairs if name == "max_age" and value.isdecimal()]
    if not _ANSWERED.isdisjoint(prompts) or any(int(age) < FRESH for age in ages):
        ages = [str(FRESH)]
    left = " ".join(word for word in prompts if word not in _ANSWERED)
    return kept + [("max_age", age) for age in ages] + ([("prompt", left)] if left else [])


def authorize_address(pairs: Sequence[tuple[str, str]]) -> str:
    return f"{AUTHORIZE}?{urlencode(pairs)}"
