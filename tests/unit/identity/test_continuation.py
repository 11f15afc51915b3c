from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_identity.domain.continuation import after_sign_in, safe_continuation

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


def test_a_prompt_was_answered_by_the_sign_in_page_and_becomes_an_age() -> None:
    query = parse_qs(urlsplit(after_sign_in("client_id=oa&prompt=login&max_age=9999")).query)
    assert query == {"client_id": ["oa"], "max_age": ["60"]}


def test_an_age_that_was_asked_for_stays() -> None:
    assert after_sign_in("client_id=oa&max_age=0") == "/authorize?client_id=oa&max_age=0"
