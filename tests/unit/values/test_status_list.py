"""Status lists, by the known answers of draft-ietf-oauth-status-list-21 and against what must be refused."""

import zlib
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_values.status_list import StatusList, StatusListInvalid, StatusToken, compressed, packed

ONE_BIT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
TWO_BITS = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
URI = "http://localhost:18082/status-lists/food-business-permit/1"
CLAIMS = {
    "sub": URI,
    "iat": 1_000,
    "exp": 2_000,
    "ttl": 60,
    "status_list": {"bits": 2, "lst": "eNo76fITAAPfAgc"},
}


@pytest.mark.parametrize(
    ("bits", "statuses", "octets", "lst"),
    [(1, ONE_BIT, "b9a3", "eNrbuRgAAhcBXQ"), (2, TWO_BITS, "c944f9", "eNo76fITAAPfAgc")],
)
def test_the_known_answers_of_sections_4_1_and_4_2(bits: int, statuses: list[int], octets: str, lst: str) -> None:
    made = packed(dict(enumerate(statuses)), len(statuses), bits)
    assert (made.hex(), compressed(made)) == (octets, lst)
    read = StatusList.of({"bits": bits, "lst": lst})
    assert [read.at(index) for index in range(len(statuses))] == statuses


@given(st.dictionaries(st.integers(0, 999), st.integers(0, 3)))
def test_what_is_packed_is_read(statuses: dict[int, int]) -> None:
    read = StatusList.of({"bits": 2, "lst": compressed(packed(statuses, 1000, 2))})
    assert [read.at(index) for index in range(1000)] == [statuses.get(index, 0) for index in range(1000)]


@pytest.mark.parametrize("index", [-1, 12, 10**9])
def test_an_index_past_the_end_is_refused(index: int) -> None:
    with pytest.raises(StatusListInvalid, match="past the end"):
        StatusList.of(CLAIMS["status_list"]).at(index)


@pytest.mark.parametrize("statuses", [{12: 1}, {-1: 1}, {0: 4}])
def test_what_does_not_fit_is_not_packed(statuses: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        packed(statuses, 12, 2)


def test_a_list_is_read() -> None:
    token = StatusToken.of(CLAIMS, uri=URI, now=1_500, last_issued_at=1_000)
    assert (token.issued_at, token.expires_at, token.ttl, token.list.at(3)) == (1_000, 2_000, 60, 3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exp": None}, "no exp"),
        ({"exp": 1_500}, "expired"),
        ({"exp": "2000"}, "no number"),
        ({"exp": True}, "no number"),
        ({"iat": None}, "no iat"),
        ({"iat": 999}, "rolled back"),
        ({"iat": 1_700}, "future"),
        ({"sub": f"{URI}2"}, "another address"),
        ({"status_list": None}, "no bits"),
        ({"status_list": {"bits": 3, "lst": ""}}, "no bits"),
        ({"status_list": {"bits": True, "lst": "eNo76fITAAPfAgc"}}, "no bits"),
        ({"status_list": {"bits": 2}}, "no lst"),
        ({"status_list": {"bits": 2, "lst": "eNo76fITAAPfAg"}}, "cut off"),
        ({"status_list": {"bits": 2, "lst": "eNo76fITAAPfAgc="}}, "canonical"),
        ({"status_list": {"bits": 2, "lst": "AAAA"}}, "no zlib"),
    ],
)
def test_a_list_that_may_not_be_believed_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(StatusListInvalid, match=said):
        StatusToken.of(CLAIMS | changed, uri=URI, now=1_500, last_issued_at=1_000)


def test_a_small_text_does_not_fill_the_memory() -> None:
    bomb = urlsafe_b64encode(zlib.compress(bytes(64 * 1024 * 1024), 9)).rstrip(b"=").decode()
    with pytest.raises(StatusListInvalid, match="too long"):
        StatusList.of({"bits": 2, "lst": bomb})
