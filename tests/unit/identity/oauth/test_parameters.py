"""Parameters of a request: once, short, and not too many."""

import pytest
from pingshan_identity.domain.oauth.parameters import MAX_LENGTH, Parameters, read_query, single
from pingshan_identity.domain.oauth_error import OAuthError


@pytest.mark.parametrize("values", [("a", "b"), ("x" * (MAX_LENGTH + 1),)])
def test_what_is_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(OAuthError) as refused:
        Parameters([("state", value) for value in values]).get("state")
    assert refused.value.code == "invalid_request"


def test_an_empty_value_counts_as_left_out() -> None:
    assert Parameters([("state", ""), ("state", "a")]).get("state") == "a"
    assert Parameters([("state", "")]).get("state") is None


@pytest.mark.parametrize(
    ("values", "found"), [((), None), (("",), None), (("a",), "a"), (("a", ""), "a"), (("a", "b"), None)]
)
def test_what_came_twice_is_nobodys(values: tuple[str, ...], found: str | None) -> None:
    assert single([("state", value) for value in values] + [("nonce", "n")], "state") == found


def test_more_than_fifty_are_not_read() -> None:
    assert read_query("state=&note=%e7%8a%b6") == [("state", ""), ("note", "状")]
    assert len(read_query("&".join(f"n{number}=1" for number in range(50)))) == 50
    with pytest.raises(ValueError, match="too many"):
        read_query("&".join(f"n{number}=1" for number in range(51)))
