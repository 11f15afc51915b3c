"""What a relying party's sign-out request means (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

import pytest
from pingshan_identity.domain.clients.client import AuthMethod, Client, ClientKind
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_out.sign_out_plan import plan

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
HINT = {"sid": "s1", "aud": "water-monitor"}


@pytest.mark.parametrize(
    ("hinted", "held", "session_id", "confirmed"),
    [
        (HINT, ["s1"], "s1", True),
        (HINT, ["s2", "s1"], "s1", True),
        (HINT, [], "s1", True),
        (HINT, ["s2"], "s2", False),
        ({"sid": "s1", "aud": "another"}, ["s1"], "s1", False),
        ({}, ["s1"], "s1", False),
        ({}, [], None, False),
    ],
)
def test_which_session_ends_and_whether_the_person_is_asked(
    hinted: dict[str, str], held: list[str], session_id: str | None, confirmed: bool
) -> None:
    made = plan(CLIENT, hinted=hinted, held=held, uri=None, state=None)
    assert (made.session_id, made.confirmed, made.continue_at) == (session_id, confirmed, None)


def test_only_a_registered_address_is_followed() -> None:
    assert plan(CLIENT, hinted={}, held=[], uri=BACK, state=None).continue_at == BACK
    assert plan(CLIENT, hinted={}, held=[], uri=BACK, state="a b").continue_at == f"{BACK}?state=a+b"
    assert plan(CLIENT, hinted={}, held=[], uri=f"{BACK}/", state=None).continue_at is None
    assert plan(None, hinted={}, held=[], uri=BACK, state=None).continue_at is None
