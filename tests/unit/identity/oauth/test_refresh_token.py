"""RFC 6749 section 6, RFC 9700 section 2.2.2."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pingshan_identity.domain.oauth.refresh_token import UsedRefreshToken, narrowed
from pingshan_identity.domain.oauth_error import OAuthError

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "scope"), [(None, "openid profile"), ("openid", "openid"), ("profile openid", "openid profile")]
)
def test_the_scope_is_what_was_granted_or_less(asked: str | None, scope: str) -> None:
    assert narrowed("openid profile", asked) == scope


def test_a_wider_scope_is_refused() -> None:
    with pytest.raises(OAuthError):
        narrowed("openid", "openid profile")


@pytest.mark.parametrize(("seconds", "again"), [(0, True), (30, True), (31, False)])
def test_the_same_answer_comes_again_for_thirty_seconds(seconds: int, again: bool) -> None:
    used = UsedRefreshToken(uuid4(), NOW - timedelta(seconds=seconds), b"sealed")
    assert used.may_answer_again(NOW) is again
    assert not UsedRefreshToken(uuid4(), NOW, None).may_answer_again(NOW)
