import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_identity.domain.oauth.pkce import challenge_of, check_challenge
from pingshan_identity.domain.oauth_error import OAuthError

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def test_the_example_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(st.text(alphabet=UNRESERVED, min_size=43, max_size=128))
def test_every_verifier_has_a_challenge_that_is_accepted(verifier: str) -> None:
    challenge = challenge_of(verifier)
    assert check_challenge(challenge, "S256") == challenge


def test_a_profile_may_do_without_pkce_but_never_with_half_of_it() -> None:
    """What certification modules need; RFC 9700 section 4.8.2: a verifier without a challenge is refused later."""
    assert check_challenge(None, None, required=False) is None
    assert challenge_of(None, required=False) is None
    for challenge, method in ((None, "S256"), ("a" * 43, None), ("a" * 43, "plain")):
        with pytest.raises(OAuthError):
            check_challenge(challenge, method, required=False)


@pytest.mark.parametrize("verifier", [None, "", "a" * 42, "a" * 129, "a" * 42 + "!", "é" * 43])
def test_a_malformed_verifier_is_refused(verifier: str | None) -> None:
    with pytest.raises(OAuthError) as refused:
        challenge_of(verifier)
    assert refused.value.code == "invalid_grant"


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (None, "S256"),
        ("a" * 43, None),
        ("a" * 43, "plain"),
        ("a" * 43, "s256"),
        ("a" * 42, "S256"),
        ("a" * 43 + "=", "S256"),
    ],
)
def test_anything_but_s256_is_refused(challenge: str | None, method: str | None) -> None:
    with pytest.raises(OAuthError) as refused:
        check_challenge(challenge, method)
    assert refused.value.code == "invalid_request"
