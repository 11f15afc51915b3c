"""Parameters of a request: once, short, and of characters that a text can hold."""

import pytest
from pingshan_identity.domain.oauth.parameters import MAX_LENGTH, Parameters, single
from pingshan_identity.domain.oauth_error import OAuthError


@pytest.mark.parametrize("values", [("a", "b"), ("x" * (MAX_LENGTH + 1),), ("a\0b",), ("a\ud800b",), ("\udfff",)])
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
