"""RFC 8693: which token may be exchanged, and what the new one says."""

from collections.abc import Mapping
from typing import Any

import pytest
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth.token_exchange import (
    ACCESS_TOKEN_TYPE,
    check_exchange_request,
    check_subject_token,
    exchanged,
)
from pingshan_identity.domain.oauth_error import OAuthError

from tests.support.identity.samples import NOW

SECOND = int(NOW.timestamp())
SUBJECT: Mapping[str, Any] = {"aud": "oa", "exp": SECOND + 60, "grant": "g1"}


@pytest.mark.parametrize("claims", [SUBJECT, {**SUBJECT, "cnf": {"jkt": "k1"}}])
def test_what_may_be_exchanged(claims: Mapping[str, Any]) -> None:
    check_subject_token(claims, exchanger="oa", jkt="k1", now=NOW)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({**SUBJECT, "aud": "gongwen"}, "invalid_request"),
        ({**SUBJECT, "cnf": {"jkt": "k2"}}, "invalid_request"),
        ({**SUBJECT, "exp": SECOND}, "invalid_grant"),
        ({"aud": "oa", "exp": SECOND + 60}, "invalid_grant"),
    ],
)
def test_what_is_refused(claims: Mapping[str, Any], code: str) -> None:
    with pytest.raises(OAuthError) as refused:
        check_subject_token(claims, exchanger="oa", jkt="k1", now=NOW)
    assert refused.value.code == code


def test_the_new_token_lives_no_longer_and_names_everybody_who_exchanged() -> None:
    assert exchanged({"exp": SECOND + 600}, SUBJECT, exchanger="oa") == {"exp": SECOND + 60, "act": {"sub": "oa"}}
    twice = exchanged({"exp": SECOND + 30}, {**SUBJECT, "act": {"sub": "gongwen"}}, exchanger="oa")
    assert twice == {"exp": SECOND + 30, "act": {"sub": "oa", "act": {"sub": "gongwen"}}}


@pytest.mark.parametrize(
    ("changed", "accepted"),
    [
        ({}, True),
        ({"requested_token_type": ACCESS_TOKEN_TYPE}, True),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, False),
        ({"subject_token_type": ""}, False),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, False),
        ({"actor_token": "x"}, False),
    ],
)
def test_which_requests_are_read(changed: Mapping[str, str], accepted: bool) -> None:
    parameters = Parameters(({"subject_token_type": ACCESS_TOKEN_TYPE} | dict(changed)).items())
    if accepted:
        check_exchange_request(parameters)
        return
    with pytest.raises(OAuthError) as refused:
        check_exchange_request(parameters)
    assert refused.value.code == "invalid_request"
