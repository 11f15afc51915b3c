"""What a relying party's sign-out request means (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

import pytest
from pingshan_identity.domain.clients.client import AuthMethod, Client, ClientKind
from pingshan_identity.domain.errors import PostLogoutRedirectUriMismatch, SignOutClientMismatch
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_out.sign_out_plan import Hinted, SignOutRequest, named_client, plan

BACK = "https://system.example/bye"
CLIENT = Client(
    client_id="water-monitor",
    name_zh="智慧水务系统",
    name_en="Smart water",
    kind=ClientKind.DISTRICT,
    owner="water",
    auth_method=AuthMethod.CLIENT_SECRET_BASIC,
    grant_types=frozenset({"authorization_code"}),
    redirect_uris=("https://system.example/callback",),
    post_logout_redirect_uris=(BACK,),
    realms=frozenset({Realm.STAFF}),
    audiences=frozenset({"identity"}),
    open_to=frozenset({"water"}),
    launch_uri=None,
    required_level=2,
)
HINT = Hinted("s1", "water-monitor")
NOTHING = SignOutRequest("water-monitor", None, None)


@pytest.mark.parametrize(
    ("client", "hinted", "held", "session_id", "confirmed"),
    [
        (CLIENT, HINT, ["s1"], "s1", True),
        (CLIENT, HINT, ["s2", "s1"], "s1", True),
        (CLIENT, HINT, [], "s1", True),
        (CLIENT, HINT, ["s2"], "s2", False),
        (None, HINT, ["s1"], "s1", False),
        (CLIENT, None, ["s1"], "s1", False),
        (CLIENT, None, [], None, False),
    ],
)
def test_which_session_ends_and_whether_the_person_is_asked(
    client: Client | None, hinted: Hinted | None, held: list[str], session_id: str | None, confirmed: bool
) -> None:
    made = plan(client, request=NOTHING, hinted=hinted, held=held)
    assert (made.session_id, made.confirmed, made.continue_at) == (session_id, confirmed, None)


def led_to(client: Client | None, uri: str, state: str | None = None, hinted: Hinted | None = None) -> str | None:
    return plan(client, request=SignOutRequest("water-monitor", uri, state), hinted=hinted, held=[]).continue_at


def test_only_a_registered_address_is_followed() -> None:
    assert led_to(CLIENT, BACK) == BACK
    assert led_to(CLIENT, BACK, "a b") == f"{BACK}?state=a+b"
    assert led_to(None, BACK) is None, "who is unknown has registered nothing"
    for client, hinted in ((CLIENT, None), (CLIENT, HINT), (None, HINT)):
        with pytest.raises(PostLogoutRedirectUriMismatch):
            led_to(client, f"{BACK}/", hinted=hinted)


def test_an_id_token_says_who_asks() -> None:
    assert named_client(None, None) is None
    assert named_client("oa", None) == "oa"
    assert named_client(None, HINT) == named_client("water-monitor", HINT) == "water-monitor"
    with pytest.raises(SignOutClientMismatch):
        named_client("oa", HINT)
