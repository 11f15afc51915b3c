"""How fresh a sign-in is, what one more of them adds, and who ends a session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import SessionNotFound, SignInTooOld
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import (
    ABSOLUTE_LIFE,
    IDLE_LIFE,
    NOTED_EVERY,
    RECENT,
    Session,
    require_not_ended,
    require_own,
    require_to_end,
)
from pingshan_identity.domain.sign_in.sign_in_attempt import SignInAttempt
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SESSION = Session("s", Realm.STAFF, "p", 1, ("pwd",), NOW, NOW, NOW, "", "", 1, None)
ENDED = replace(SESSION, ended_at=NOW)
OWNER = Actor(kind=ActorKind.PERSON, person_id="p", session_id="s")
STRANGER = Actor(kind=ActorKind.PERSON, person_id="q", session_id="s")


def test_a_sign_in_is_recent_for_five_minutes() -> None:
    SESSION.require_recent(NOW + RECENT)
    assert not SESSION.is_recent(NOW + RECENT + timedelta(seconds=1))
    with pytest.raises(SignInTooOld):
        SESSION.require_recent(NOW + RECENT + timedelta(seconds=1))


def test_visits_are_noted_once_a_minute() -> None:
    assert not SESSION.is_visit_to_note(NOW + NOTED_EVERY)
    assert SESSION.is_visit_to_note(NOW + NOTED_EVERY + timedelta(seconds=1))


def test_a_session_opens_systems_of_its_realm_while_it_is_used() -> None:
    assert SESSION.is_usable_in(Realm.STAFF, NOW)
    assert not SESSION.is_usable_in(Realm.PUBLIC, NOW)
    assert not SESSION.is_usable_in(Realm.STAFF, NOW + IDLE_LIFE)


def test_the_level_that_a_session_reaches() -> None:
    assert SESSION.reaches(1)
    assert not SESSION.reaches(2)


@pytest.mark.parametrize(
    ("methods", "is_step_up", "level", "auth_time"),
    [
        (("pwd", "otp"), True, 2, NOW),
        (("pwd", "sms"), True, 1, NOW),
        (("pwd", "hwk"), True, 3, LATER),
        (("pwd", "otp"), False, 2, LATER),
        (("pwd",), False, 1, LATER),
    ],
)
def test_a_code_makes_no_old_password_a_fresh_one(
    methods: tuple[str, ...], is_step_up: bool, level: int, auth_time: datetime
) -> None:
    attempt = SignInAttempt(b"", Realm.STAFF, "p", 2, level, methods, "s" if is_step_up else None, "/", None, None)
    raised = SESSION.raised_by(attempt, LATER)
    assert (raised.acr, raised.amr, raised.auth_time, raised.seen_at) == (level, methods, auth_time, LATER)


def test_a_raised_session_keeps_the_level_that_it_had() -> None:
    attempt = SignInAttempt(b"", Realm.STAFF, "p", 1, 1, ("pwd",), None, "/", None, None)
    assert replace(SESSION, acr=3, amr=("hwk",)).raised_by(attempt, LATER).acr == 3


@pytest.mark.parametrize(
    ("session", "actor", "moment"),
    [(None, OWNER, NOW), (SESSION, STRANGER, NOW), (ENDED, OWNER, NOW), (SESSION, OWNER, NOW + ABSOLUTE_LIFE)],
)
def test_whose_session_it_is(session: Session | None, actor: Actor, moment: datetime) -> None:
    assert require_own(SESSION, OWNER, NOW) is SESSION
    with pytest.raises(SessionNotFound):
        require_own(session, actor, moment)


def test_people_end_their_own_sessions() -> None:
    assert require_to_end(SESSION, OWNER) is SESSION
    assert require_to_end(SESSION, ANONYMOUS) is SESSION
    for session, actor in ((SESSION, STRANGER), (None, OWNER)):
        with pytest.raises(SessionNotFound):
            require_to_end(session, actor)


def test_what_has_ended_is_not_ended_again() -> None:
    assert require_not_ended(SESSION) is SESSION
    for session in (None, ENDED):
        with pytest.raises(SessionNotFound):
            require_not_ended(session)
