from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pingshan_identity.domain.clients.client import ClientProfile
from pingshan_identity.domain.oauth.assertion import CLOCK_SKEW, LONGEST_LIFE, check_assertion
from pingshan_identity.domain.oauth_error import OAuthError

from tests.support.identity.samples import SYSTEM

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = int(NOW.timestamp())
ISSUER = "https://id.example"
ENDPOINTS = frozenset({f"{ISSUER}/token", f"{ISSUER}/par"})
CLIENT = replace(SYSTEM, client_id="workflow")
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
    assert check_assertion(GOOD | changed, CLIENT, ISSUER, ENDPOINTS, NOW).jti == "0123456789"


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
        check_assertion(GOOD | changed, CLIENT, ISSUER, ENDPOINTS, NOW)
    assert refused.value.code == "invalid_client"


@pytest.mark.parametrize("audience", [f"{ISSUER}/token", f"{ISSUER}/par", [ISSUER], [], None, {"a": "b"}])
def test_of_a_fapi2_client_the_issuer_alone_is_the_audience(audience: Any) -> None:
    fapi2 = replace(CLIENT, profile=ClientProfile.FAPI2)
    assert check_assertion(GOOD, fapi2, ISSUER, ENDPOINTS, NOW)
    with pytest.raises(OAuthError) as refused:
        check_assertion(GOOD | {"aud": audience}, fapi2, ISSUER, ENDPOINTS, NOW)
    assert refused.value.code == "invalid_client"
