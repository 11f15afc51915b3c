"""RFC 9126."""

import pytest
from pingshan_identity.domain.authorization_requests.par import LIFE, bound_to, is_ours, new_request_uri, pushed
from pingshan_identity.domain.oauth_error import OAuthError


def test_a_request_uri_cannot_be_guessed_and_lives_shortly() -> None:
    assert len({new_request_uri() for _ in range(100)}) == 100
    assert len(new_request_uri().rpartition(":")[2]) >= 43
    assert 5 <= LIFE.total_seconds() <= 600


@pytest.mark.parametrize(
    "uri", ["https://attacker.example/r", "", "urn:other:x", f"urn:ietf:params:oauth:request_uri:{'x' * 999}"]
)
def test_no_other_address_is_ever_looked_at(uri: str) -> None:
    assert not is_ours(uri)
    assert is_ours(new_request_uri())


def test_what_proves_the_client_is_not_kept() -> None:
    sent = [
        ("client_id", "oa"),
        ("client_secret", "s"),
        ("client_assertion", "a"),
        ("client_assertion_type", "t"),
        ("state", "x"),
    ]
    assert pushed(sent) == [("state", "x")]


def test_a_request_uri_is_not_pushed() -> None:
    with pytest.raises(OAuthError) as refused:
        pushed([("request_uri", new_request_uri())])
    assert refused.value.code == "invalid_request"


def test_a_proof_binds_the_code_to_its_key() -> None:
    assert bound_to([("state", "x")], "k1") == [("state", "x"), ("dpop_jkt", "k1")]
    assert bound_to([("dpop_jkt", "k1"), ("state", "x")], "k1") == [("state", "x"), ("dpop_jkt", "k1")]
    with pytest.raises(OAuthError) as refused:
        bound_to([("dpop_jkt", "k2")], "k1")
    assert refused.value.code == "invalid_dpop_proof"
