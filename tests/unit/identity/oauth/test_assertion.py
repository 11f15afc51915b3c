from datetime import UTC, datetime
from typing import Any

import pytest
from pingshan_identity.domain.oauth.assertion import CLOCK_SKEW, LONGEST_LIFE, check_assertion
from pingshan_identity.domain.oauth_error import OAuthError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = int(NOW.timestamp())
AUDIENCES = frozenset({"https://id.example", "https://id.example/token"})
GOOD: dict[str, Any] = {
    "iss": "workflow",
    "sub": "workflow",
    "aud": "https://id.example",
    "jti": "0123456789",
    "iat": SECOND,
    "exp": SECOND + 60,
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"aud": "https://id.example/token"},
        {"aud": ["https://id.example"]},
        {"exp": SECOND + LONGEST_LIFE},
        {"exp": SECOND + 0.5},
        {"iat": SECOND + CLOCK_SKEW},
        {"nbf": SECOND - 1},
    ],
)
def test_what_is_accepted(changed: dict[str, Any]) -> None:
    assert check_assertion(GOOD | changed, "workflow", AUDIENCES, NOW).jti == "0123456789"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "alerts"},
        {"sub": None},
        {"aud": "https://id.example/"},
        {"aud": ["https://id.example", "https://id.example/token"]},
        {"aud": []},
        {"aud": {"a": "b"}},
        {"jti": ""},
        {"jti": "x" * 201},
        {"jti": "01234567\0"},
        {"jti": "01234567\ud800"},
        {"exp": SECOND},
        {"exp": True},
        {"exp": None},
        {"exp": SECOND + LONGEST_LIFE + CLOCK_SKEW + 1},
        {"iat": SECOND + CLOCK_SKEW + 1},
        {"nbf": "now"},
    ],
)
def test_what_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(OAuthError) as refused:
        check_assertion(GOOD | changed, "workflow", AUDIENCES, NOW)
    assert refused.value.code == "invalid_client"
