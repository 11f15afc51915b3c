"""Continuations of a sign-in: only our own authorization endpoint and pages."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode, urlsplit

_LOCAL_PAGE = re.compile(r"/((account|admin|device|sign-outs|sign-in-record)(/[A-Za-z0-9_.-]+)*)?")
AUTHORIZE = "/authorize"
CONSENT = "/consent"
DEVICE = "/device"
SIGNED_IN_SINCE = "signed_in_since"
"""Our own parameter of an authorization request that comes back from the sign-in page: the second, since 1970-01-01
UTC, from which on a sign-in answers the `prompt=login` that asked for it, however long the person then takes to decide.
"""
FACTOR_PAGES = frozenset({"/account/passkeys", "/account/security"})
"""Our pages on which people add and remove factors."""
FRESH = 60
"""Seconds for which a sign-in counts as made for the request that asked for it by `max_age`."""
_ANSWERED = frozenset({"login", "select_account"})


def leads_to_factors(continuation: str) -> bool:
    """Returns whether the person goes on to add or remove factors, which takes the level of those there are."""
    return urlsplit(continuation).path in FACTOR_PAGES


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


def after_sign_in(pairs: Sequence[tuple[str, str]], now: datetime) -> list[tuple[str, str]]:
    """Returns the authorization request to come back with after the sign-in.

    The sign-in answers the `prompt` values `login` and `select_account`: `signed_in_since` replaces them. A `max_age`
    below 60 s becomes 60, so that the fresh sign-in passes. `consent` stays.
    """
    kept = [(name, value) for name, value in pairs if name not in {"prompt", "max_age"}]
    prompts = [word for name, value in pairs if name == "prompt" for word in value.split()]
    ages = [value for name, value in pairs if name == "max_age" and value.isdecimal()]
    if any(int(age) < FRESH for age in ages):
        ages = [str(FRESH)]
    if not _ANSWERED.isdisjoint(prompts):
        kept = [pair for pair in kept if pair[0] != SIGNED_IN_SINCE] + [(SIGNED_IN_SINCE, str(int(now.timestamp())))]
    left = " ".join(word for word in prompts if word not in _ANSWERED)
    return kept + [("max_age", age) for age in ages] + ([("prompt", left)] if left else [])


def consent_address(client_id: str, request_uri: str) -> str:
    return f"{CONSENT}?{urlencode({'client_id': client_id, 'request_uri': request_uri})}"


def asks_anew(asked: Mapping[str, str]) -> bool:
    """Returns whether an authorization request wants a sign-in that is made for it, or is young enough."""
    return not {"max_age", SIGNED_IN_SINCE}.isdisjoint(asked) or not _ANSWERED.isdisjoint(
        asked.get("prompt", "").split()
    )


def authorize_address(pairs: Sequence[tuple[str, str]]) -> str:
    return f"{AUTHORIZE}?{urlencode(pairs)}"
