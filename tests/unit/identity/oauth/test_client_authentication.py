"""A client proves itself by one method, as the client that its request names (RFC 6749 section 2.3)."""

from dataclasses import replace

import pytest
from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.oauth.client_authentication import ASSERTION_TYPE, check_authenticated, used_method
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError

from tests.support.identity.samples import SYSTEM


@pytest.mark.parametrize(
    ("authorization", "form", "method"),
    [
        ("Basic b2E6eA==", {}, AuthMethod.CLIENT_SECRET_BASIC),
        (None, {"client_secret": "x"}, AuthMethod.CLIENT_SECRET_POST),
        (
            None,
            {"client_assertion": "x", "client_assertion_type": ASSERTION_TYPE},
            AuthMethod.PRIVATE_KEY_JWT,
        ),
        (None, {"client_assertion": "x", "client_assertion_type": "urn:other"}, AuthMethod.NONE),
        (None, {"client_id": "app"}, AuthMethod.NONE),
    ],
)
def test_which_method_is_used(authorization: str | None, form: dict[str, str], method: AuthMethod) -> None:
    assert used_method(authorization, Parameters(form.items())) is method


@pytest.mark.parametrize(
    ("authorization", "form"),
    [
        ("Basic b2E6eA==", {"client_secret": "x"}),
        ("Basic b2E6eA==", {"client_assertion": "x"}),
        (None, {"client_secret": "x", "client_assertion": "x"}),
    ],
)
def test_two_methods_are_refused(authorization: str | None, form: dict[str, str]) -> None:
    with pytest.raises(OAuthError) as refused:
        used_method(authorization, Parameters(form.items()))
    assert refused.value.code == "invalid_request"


def test_who_may_go_on() -> None:
    check_authenticated(SYSTEM, None)
    check_authenticated(SYSTEM, SYSTEM.client_id)
    for client, named in ((SYSTEM, "oa"), (replace(SYSTEM, disabled=True), None)):
        with pytest.raises(OAuthError) as refused:
            check_authenticated(client, named)
        assert refused.value.code == "invalid_client"


@pytest.mark.parametrize(("method", "may"), [(AuthMethod.NONE, False), (AuthMethod.CLIENT_SECRET_BASIC, True)])
def test_only_who_proves_itself_asks_about_tokens(method: AuthMethod, may: bool) -> None:
    client = replace(SYSTEM, auth_method=method)
    if may:
        client.require_confidential()
        return
    with pytest.raises(OAuthError) as refused:
        client.require_confidential()
    assert refused.value.code == "invalid_client"


def test_a_client_that_binds_its_tokens_must_bring_a_key() -> None:
    SYSTEM.require_key(None)
    bound = replace(SYSTEM, dpop_bound=True)
    bound.require_key("k1")
    with pytest.raises(OAuthError) as refused:
        bound.require_key(None)
    assert refused.value.code == "invalid_dpop_proof"
