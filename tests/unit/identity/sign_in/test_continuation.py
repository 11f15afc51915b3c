from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_identity.domain.sign_in.continuation import FRESH, after_sign_in, has_just_signed_in, safe_continuation

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SINCE = ("signed_in_since", str(int(NOW.timestamp())))
OURS = ("", "account", "admin", "device", "sign-outs", "sign-in-record")


@pytest.mark.parametrize(
    "path",
    ["/", "/account", "/account/security", "/sign-in-record?before=7", "/authorize?client_id=oa&state=%2F%2F"],
)
def test_our_own_places_are_kept(path: str) -> None:
    assert safe_continuation(path) == path


@given(st.text())
def test_whatever_is_sent_leads_to_a_place_of_ours(text: str) -> None:
    target = safe_continuation(text)
    parts = urlsplit(target)
    assert not parts.scheme
    assert not parts.netloc
    assert parts.path == "/authorize" or parts.path.split("/")[1] in OURS


@given(st.sampled_from(["/", "//", "/\\", "https://", "/authorize", "/account"]), st.text(max_size=20))
def test_near_misses_lead_to_a_place_of_ours(start: str, rest: str) -> None:
    parts = urlsplit(safe_continuation(start + rest))
    assert (parts.scheme, parts.netloc) == ("", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("prompt", "login"), ("max_age", "9999")], [SINCE, ("max_age", "9999")]),
        ([("prompt", "login"), ("max_age", "0")], [SINCE, ("max_age", "60")]),
        ([("prompt", "select_account")], [SINCE]),
        ([("prompt", "login"), ("signed_in_since", "1")], [SINCE]),
        ([("signed_in_since", "1")], [("signed_in_since", "1")]),
        ([("prompt", "consent login")], [SINCE, ("prompt", "consent")]),
        ([("prompt", "consent")], [("prompt", "consent")]),
        ([("max_age", "0")], [("max_age", "60")]),
        ([("max_age", "3600")], [("max_age", "3600")]),
        ([("max_age", "soon")], []),
    ],
)
def test_what_the_sign_in_page_answers_is_not_asked_again(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    assert after_sign_in([("client_id", "oa"), *before], NOW) == [("client_id", "oa"), *after]


def test_how_long_a_sign_in_counts_as_made_for_a_request() -> None:
    assert has_just_signed_in(NOW - timedelta(seconds=FRESH - 1), NOW)
    assert not has_just_signed_in(NOW - timedelta(seconds=FRESH), NOW)
