"""One behaviour of page size and token (AIP-158)."""

import pytest
from pingshan_kit.errors import InvalidRequest
from pingshan_kit.paging import checked_size, checked_token, cut


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (1, 1), (200, 200), (201, 200), (2**31 - 1, 200)])
def test_sizes(asked: int, given: int) -> None:
    assert checked_size(asked) == given


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        checked_size(-1)


def test_tokens() -> None:
    assert checked_token("", int) is None
    assert checked_token("17", int) == 17
    with pytest.raises(InvalidRequest):
        checked_token("seventeen", int)


def test_the_token_names_the_last_item_of_a_page_that_is_not_the_last() -> None:
    assert cut([1, 2, 3], 2, str).next_page_token == "2"
    assert cut([1, 2], 2, str) == cut((1, 2), 2, str)
    assert cut([1, 2], 2, str).next_page_token == ""
    assert cut([], 2, str).items == ()
