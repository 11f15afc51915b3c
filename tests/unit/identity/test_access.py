from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_identity.domain.access import (
    Denial,
    check_may_let_in,
    denial_of,
    may_ask_about,
    may_open,
    require_client,
    require_person,
)
from pingshan_identity.domain.clients.client import AuthMethod, Client, ClientKind
from pingshan_identity.domain.errors import LevelTooLow, PersonNotFound, RealNameTooLow, SystemNotOpen
from pingshan_identity.domain.oauth.claims import Subject, access_token_claims, id_token_claims
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.people.person import Person
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE, IDLE_LIFE, Session
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

OFFICER = Person("p1", Realm.STAFF, "周明远", "water01", "water", ("officer",), "zh-Hans")
RESIDENT = Person("p2", Realm.PUBLIC, "王小满", None, None, (), "zh-Hans")
SYSTEM = Client(
    client_id="water-monitor",
    name_zh="智慧水务系统",
    name_en="Smart water",
    kind=ClientKind.DISTRICT,
    owner="water",
    auth_method=AuthMethod.CLIENT_SECRET_BASIC,
    grant_types=frozenset({"authorization_code"}),
    redirect_uris=("http://localhost/callback",),
    post_logout_redirect_uris=(),
    realms=frozenset({Realm.STAFF}),
    audiences=frozenset({"identity"}),
    open_to=frozenset({"water"}),
    launch_uri="http://localhost/",
    required_level=2,
)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SESSION = Session("s1", Realm.STAFF, "p1", 1, ("pwd",), NOW, NOW, NOW, "", "127.0.0.1", 1, None)


@pytest.mark.parametrize(
    ("person", "system", "has_role", "opens"),
    [
        (OFFICER, SYSTEM, False, True),
        (OFFICER, replace(SYSTEM, open_to=frozenset({"*"})), False, True),
        (OFFICER, replace(SYSTEM, open_to=frozenset({"drc"})), False, False),
        (OFFICER, replace(SYSTEM, open_to=frozenset({"drc"})), True, True),
        (OFFICER, replace(SYSTEM, realms=frozenset({Realm.PUBLIC})), True, False),
        (RESIDENT, SYSTEM, False, False),
        (RESIDENT, replace(SYSTEM, realms=frozenset({Realm.PUBLIC})), False, True),
    ],
)
def test_who_may_open_a_system(person: Person, system: Client, has_role: bool, opens: bool) -> None:
    assert may_open(person, system, has_role=has_role) is opens


@pytest.mark.parametrize(
    ("client", "person", "roles", "role", "denial"),
    [
        (SYSTEM, OFFICER, (), "", None),
        (SYSTEM, OFFICER, ("clerk",), "clerk", None),
        (SYSTEM, OFFICER, ("clerk",), "issuer", Denial.NO_ROLE),
        (replace(SYSTEM, open_to=frozenset()), OFFICER, (), "", Denial.NOT_OPEN),
        (replace(SYSTEM, open_to=frozenset()), OFFICER, ("clerk",), "", None),
        (SYSTEM, None, (), "", Denial.LEFT),
        (None, OFFICER, (), "", Denial.UNKNOWN_AUDIENCE),
        (replace(SYSTEM, disabled=True), OFFICER, ("clerk",), "clerk", Denial.UNKNOWN_AUDIENCE),
    ],
)
def test_why_a_person_is_refused(
    client: Client | None, person: Person | None, roles: tuple[str, ...], role: str, denial: Denial | None
) -> None:
    assert denial_of(client, person, roles, role=role) is denial


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Actor(kind=ActorKind.PERSON, person_id="p1"), True),
        (Actor(kind=ActorKind.PERSON, person_id="p2"), False),
        (Actor(kind=ActorKind.CLIENT, client_id="oa"), True),
        (Actor(kind=ActorKind.CLIENT, client_id="oa2"), False),
        (ANONYMOUS, False),
    ],
)
def test_who_may_ask_about_a_person(actor: Actor, may: bool) -> None:
    assert may_ask_about(actor, person_id="p1", audience="oa") is may


def test_who_may_let_a_device_in() -> None:
    high = replace(SESSION, acr=2)
    check_may_let_in(high, OFFICER, SYSTEM, has_role=False, real_name_level=0)
    with pytest.raises(LevelTooLow):
        check_may_let_in(SESSION, OFFICER, SYSTEM, has_role=False, real_name_level=0)
    for person, client in ((None, SYSTEM), (OFFICER, replace(SYSTEM, open_to=frozenset()))):
        with pytest.raises(SystemNotOpen):
            check_may_let_in(high, person, client, has_role=False, real_name_level=0)


def test_a_device_is_let_in_by_the_named_where_its_system_asks_for_names() -> None:
    session, system = replace(SESSION, realm=Realm.PUBLIC), replace(SYSTEM, realms=frozenset(Realm))
    named = replace(system, required_real_name_level=2)
    check_may_let_in(session, RESIDENT, system, has_role=False, real_name_level=0)
    check_may_let_in(session, RESIDENT, named, has_role=False, real_name_level=2)
    check_may_let_in(replace(SESSION, acr=2), OFFICER, named, has_role=False, real_name_level=0)
    with pytest.raises(RealNameTooLow):
        check_may_let_in(session, RESIDENT, named, has_role=False, real_name_level=1)


def test_only_a_client_acts_as_one() -> None:
    assert require_client(Actor(kind=ActorKind.CLIENT, client_id="oa"), PersonNotFound) == "oa"
    for actor in (ANONYMOUS, Actor(kind=ActorKind.SERVICE, service="oa"), Actor(kind=ActorKind.PERSON, client_id="oa")):
        with pytest.raises(PersonNotFound):
            require_client(actor, PersonNotFound)


def test_only_a_person_acts_as_one() -> None:
    assert require_person(Actor(kind=ActorKind.PERSON, person_id="p1"), PersonNotFound) == "p1"
    with pytest.raises(PersonNotFound):
        require_person(ANONYMOUS, PersonNotFound)


def test_a_session_ends_idle_at_identity_before_it_ends_for_good() -> None:
    assert SESSION.is_usable(NOW)
    assert not SESSION.is_usable(NOW + IDLE_LIFE)
    assert SESSION.is_alive(NOW + IDLE_LIFE)
    assert not SESSION.is_alive(NOW + ABSOLUTE_LIFE)
    assert not replace(SESSION, ended_at=NOW).is_alive(NOW)


def test_tokens_carry_what_their_audience_needs_and_no_name() -> None:
    subject = Subject(OFFICER, ("officer",), ("440310199003070015",))
    access = access_token_claims(
        issuer="https://id.example",
        client_id="workflow",
        audience="workflow",
        token_id="t1",
        grant_id="g1",
        scope="openid",
        now=NOW,
        sub=SESSION.person_id,
        session=SESSION,
        subject=subject,
    )
    assert access["exp"] - access["iat"] == 600
    assert access["acr"] == "1"
    assert "周明远" not in str(access)
    own = id_token_claims(
        issuer="https://id.example",
        client_id="workflow",
        nonce=None,
        now=NOW,
        sub=SESSION.person_id,
        session=SESSION,
        subject=subject,
        readable=frozenset({"name", "roles"}),
    )
    assert own["name"] == "周明远"
    assert own["roles"] == ["officer"]
    assert own.keys().isdisjoint({"org", "act_for", "phone_number"})
    assert "nonce" not in own


def test_audiences_are_named_or_refused() -> None:
    assert SYSTEM.audience(None) == "water-monitor"
    assert SYSTEM.audience("identity") == "identity"
    machine = replace(SYSTEM, kind=ClientKind.AGENCY, audiences=frozenset({"e-license"}))
    assert machine.audience("e-license") == "e-license"
    for client, asked in ((SYSTEM, "alerts"), (machine, None), (machine, "alerts")):
        with pytest.raises(OAuthError) as refused:
            client.audience(asked)
        assert refused.value.code == "invalid_target"
