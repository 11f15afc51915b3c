import hmac
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.sign_in.known_browser import LIFE, MOST_PEOPLE, browser_id, renewed

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def index(text: str) -> bytes:
    return hmac.digest(b"key", text.encode(), "sha256")


def test_a_browser_is_known_to_who_signed_in_there_only() -> None:
    cookie = renewed("", "anna", NOW, index)
    assert browser_id(cookie, "anna", NOW, index)
    assert browser_id(cookie, "bert", NOW, index) is None
    assert browser_id(cookie, "anna", NOW + LIFE - DAY, index)
    assert browser_id(cookie, "anna", NOW + LIFE, index) is None


def test_each_sign_in_begins_a_count_of_its_own() -> None:
    first = renewed("", "anna", NOW, index)
    again = renewed(first, "anna", NOW, index)
    assert browser_id(first, "anna", NOW, index) != browser_id(again, "anna", NOW, index)
    assert len(again.split(".")) == 1


def test_a_shared_workstation_knows_four_people() -> None:
    cookie = ""
    for person in "abcdef":
        cookie = renewed(cookie, person, NOW, index)
    assert [person for person in "abcdef" if browser_id(cookie, person, NOW, index)] == list("cdef")
    assert len(cookie.split(".")) == MOST_PEOPLE
    assert len(cookie) < 300


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "1:2", "9999999999:a:b", "a:b:c", ":::", "²:a:b", "9" * 900, "1:2:é", "9999999999:x:" + "A" * 24],
)
def test_nobody_makes_an_entry_without_the_key(cookie: str) -> None:
    assert browser_id(cookie, "anna", NOW, index) is None
    assert browser_id(renewed(cookie, "anna", NOW, index), "anna", NOW, index)
    moved = renewed("", "bert", NOW, index).replace(":", ":a", 1)
    assert browser_id(moved, "bert", NOW, index) is None
