"""What an authorization request may ask, by the client's profile (RFC 6749 section 4.1.1, RFC 9126 section 6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pingshan_identity.domain.clients.client import ApplicationType, AuthMethod, Client, ClientKind, ClientProfile
from pingshan_identity.domain.consents.consent import Given, asked_for, must_ask, require_shown, shown_hash
from pingshan_identity.domain.errors import ClientDisabled, ConsentOutdated, RedirectUriMismatch, RedirectUriMissing
from pingshan_identity.domain.oauth.authorization import NAMES, AuthorizationRequest, read_request
from pingshan_identity.domain.oauth.claims import claims_of
from pingshan_identity.domain.oauth.parameters import MAX_LENGTH, Parameters
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CLIENT = Client(
    client_id="rp",
    name_zh="系统",
    name_en="System",
    kind=ClientKind.DISTRICT,
    owner="water",
    auth_method=AuthMethod.CLIENT_SECRET_BASIC,
    grant_types=frozenset({"authorization_code"}),
    redirect_uris=("https://rp.example/callback",),
    post_logout_redirect_uris=(),
    realms=frozenset({Realm.STAFF}),
    audiences=frozenset(),
    open_to=frozenset(),
    launch_uri=None,
    required_level=1,
)
ASKED = {
    "response_type": "code",
    "redirect_uri": "https://rp.example/callback",
    "scope": "openid profile",
    "code_challenge": "a" * 43,
    "code_challenge_method": "S256",
}


def read(client: Client = CLIENT, *, pushed: bool = False, **changed: str) -> AuthorizationRequest:
    return read_request(client, Parameters((ASKED | changed).items()), pushed=pushed)


def test_a_client_that_must_push() -> None:
    client = replace(CLIENT, require_par=True)
    assert read(client, pushed=True).scope == "openid profile"
    with pytest.raises(OAuthError, match="must push"):
        read(client)


@pytest.mark.parametrize(
    ("client", "needs"),
    [
        (CLIENT, True),
        (replace(CLIENT, profile=ClientProfile.COMPATIBLE), False),
        (replace(CLIENT, profile=ClientProfile.COMPATIBLE, auth_method=AuthMethod.NONE), True),
    ],
)
def test_who_needs_pkce(client: Client, needs: bool) -> None:
    assert client.needs_pkce is needs
    if needs:
        with pytest.raises(OAuthError, match="code_challenge"):
            read(client, code_challenge="", code_challenge_method="")
    else:
        assert read(client, code_challenge="", code_challenge_method="").code_challenge is None


def test_a_scope_is_granted_where_it_is_known_and_registered() -> None:
    assert read(scope="openid phone offline_access profile address").scope == "openid profile"
    assert read(replace(CLIENT, scopes=frozenset({"phone"})), scope="phone profile openid").scope == "openid phone"


def test_whether_a_session_is_enough() -> None:
    minute_ago = NOW - timedelta(minutes=1)
    assert not read().needs_sign_in(minute_ago, NOW)
    assert not read(max_age="60").needs_sign_in(minute_ago, NOW)
    assert read(max_age="59").needs_sign_in(minute_ago, NOW)
    assert read(prompt="login consent").needs_sign_in(minute_ago, NOW)
    assert not read(prompt="consent").needs_sign_in(minute_ago, NOW)
    second = int(minute_ago.timestamp())
    assert not read(signed_in_since=str(second)).needs_sign_in(minute_ago, NOW)
    assert read(signed_in_since=str(second + 1)).needs_sign_in(minute_ago, NOW)
    assert not read(signed_in_since="9999999999").needs_sign_in(minute_ago, NOW), "no page of ours said so"
    assert read(signed_in_since=str(second), max_age="59").needs_sign_in(minute_ago, NOW)


def test_a_disabled_client_and_an_unknown_address() -> None:
    CLIENT.require_enabled()
    with pytest.raises(ClientDisabled):
        replace(CLIENT, disabled=True).require_enabled()
    with pytest.raises(RedirectUriMismatch):
        CLIENT.require_redirect_uri("https://rp.example/other")


@pytest.mark.parametrize("uri", ["com.example.parcels:/back", "http://127.0.0.1:5000/back", "http://[::1]/back"])
def test_people_are_asked_each_time_where_another_app_may_have_asked(uri: str) -> None:
    """RFC 8252 section 8.6: nothing tells an app without a secret from another one that claims its address."""
    app = replace(
        CLIENT,
        third_party=True,
        auth_method=AuthMethod.NONE,
        application_type=ApplicationType.NATIVE,
        redirect_uris=(uri, "https://parcels.example/back"),
    )
    given = Given(frozenset({"openid", "profile"}), shown_hash(app))
    request = read(app, redirect_uri=uri)
    assert must_ask(app, request, given)
    assert not must_ask(app, request, given, has_just_allowed=True)
    assert must_ask(app, request, None, has_just_allowed=True), "they have withdrawn it meanwhile"
    assert not must_ask(app, read(app, redirect_uri="https://parcels.example/back"), given), "that app alone claims it"
    assert not must_ask(replace(app, auth_method=AuthMethod.CLIENT_SECRET_BASIC), request, given)
    ours = replace(app, third_party=False)
    assert must_ask(ours, request, None), "an app of the government, too"
    assert not must_ask(ours, request, None, has_just_allowed=True)
    assert not must_ask(ours, read(ours, redirect_uri="https://parcels.example/back"), None)


def test_every_parameter_that_is_read_is_kept_while_the_request_waits() -> None:
    class Noting(Parameters):
        def get(self, name: str, *, longest: int = MAX_LENGTH) -> str | None:
            names.add(name)
            return super().get(name, longest=longest)

    names: set[str] = {"client_id"}
    read_request(CLIENT, Noting(ASKED.items()))
    assert names == NAMES


def test_people_are_asked_about_third_parties_only_and_for_what_is_new() -> None:
    third = replace(CLIENT, third_party=True, scopes=frozenset({"openid", "profile", "phone"}))
    request, more = read(third), read(third, claims='{"id_token": {"phone_number": null}}')
    given = Given(frozenset({"openid", "profile"}), shown_hash(third))
    assert not must_ask(CLIENT, request, None)
    assert must_ask(third, request, None)
    assert not must_ask(third, request, given)
    assert must_ask(third, read(third, prompt="consent"), given)
    assert must_ask(third, more, given)
    assert asked_for(third, more) == {"openid", "profile", "phone"}
    assert asked_for(CLIENT, more) == {"openid", "profile"}


@pytest.mark.parametrize(
    "changed",
    [
        {"name_zh": "别的系统"},
        {"name_en": "Another system"},
        {"owner": "fire"},
        {"redirect_uris": ("https://rp.example/callback", "https://other.example/")},
    ],
)
def test_people_are_asked_again_once_what_they_were_shown_has_changed(changed: dict[str, Any]) -> None:
    third = replace(CLIENT, third_party=True)
    given, other = Given(frozenset({"openid", "profile"}), shown_hash(third)), replace(third, **changed)
    assert must_ask(other, read(other), given)
    require_shown(third, shown_hash(third).hex())
    with pytest.raises(ConsentOutdated):
        require_shown(other, shown_hash(third).hex())
    assert must_ask(third, read(third), replace(given, shown_hash=None)), "what was shown was not kept"
    assert not must_ask(replace(third, required_level=3, scopes=frozenset(["openid"])), read(third), given)


def test_whom_else_a_person_acts_for_is_not_told_to_third_parties() -> None:
    assert "act_for" in claims_of(["profile"])
    assert "act_for" not in claims_of(["profile"], third_party=True)
    assert claims_of(["openid", "offline_access"]) == frozenset()


def test_a_client_that_allows_no_page_is_told_so() -> None:
    read().require_page("login_required", "nobody is signed in")
    for code in ("login_required", "consent_required"):
        with pytest.raises(OAuthError) as refused:
            read(prompt="none").require_page(code, "a page is needed")
        assert refused.value.code == code


def test_the_level_that_a_session_must_reach() -> None:
    assert read().level(CLIENT, Realm.STAFF) == 1
    assert read(acr_values="3").level(CLIENT, Realm.STAFF) == 3
    assert read(acr_values="3").level(CLIENT, Realm.PUBLIC) == 1
    essential = read(claims='{"id_token": {"acr": {"essential": true, "value": "2"}}}')
    assert essential.level(CLIENT, Realm.STAFF) == 2
    with pytest.raises(OAuthError) as refused:
        essential.level(CLIENT, Realm.PUBLIC)
    assert refused.value.code == "unmet_authentication_requirements"


def test_whose_name_must_be_proven() -> None:
    client = replace(CLIENT, required_real_name_level=2)
    assert [client.real_name_level(realm) for realm in (Realm.STAFF, Realm.PUBLIC)] == [0, 2]


def test_a_request_without_an_address_is_answered_nowhere() -> None:
    assert CLIENT.require_redirect_uri("https://rp.example/callback") == "https://rp.example/callback"
    with pytest.raises(RedirectUriMissing):
        CLIENT.require_redirect_uri(None)
    with pytest.raises(RedirectUriMismatch):
        CLIENT.require_redirect_uri("https://rp.example/callback/")
