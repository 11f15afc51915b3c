"""How fresh a sign-in is, what one more of them adds, and who ends a session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import SessionNotFound, SignInAttemptExpired, SignInTooOld
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
    require_to_raise,
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


def attempt(methods: tuple[str, ...], *, is_step_up: bool) -> SignInAttempt:
    session_id = "s" if is_step_up else None
    return SignInAttempt(b"", Realm.STAFF, "p", 2, 0, methods, session_id, "/", None, None, LATER)


@pytest.mark.parametrize(
    ("presented", "is_step_up", "level", "amr", "auth_time"),
    [
        (("otp",), True, 2, ("pwd", "otp"), NOW),
        (("sms",), True, 1, ("pwd", "sms"), NOW),
        (("hwk",), True, 3, ("hwk",), LATER),
        (("pwd", "otp"), False, 2, ("pwd", "otp"), LATER),
        (("pwd",), False, 1, ("pwd",), LATER),
    ],
)
def test_a_code_makes_no_old_password_a_fresh_one(
    presented: tuple[str, ...], is_step_up: bool, level: int, amr: tuple[str, ...], auth_time: datetime
) -> None:
    raised = SESSION.raised_by(attempt(presented, is_step_up=is_step_up), LATER)
    assert (raised.acr, raised.amr, raised.auth_time, raised.seen_at) == (level, amr, auth_time, LATER)


@pytest.mark.parametrize("before", [("pwd", "otp"), ("hwk",)])
def test_a_password_alone_renews_no_higher_level(before: tuple[str, ...]) -> None:
    session = replace(SESSION, acr=2, amr=before).raised_by(attempt(("pwd",), is_step_up=False), LATER)
    assert (session.acr, session.amr, session.auth_time) == (1, ("pwd",), LATER)


def test_a_step_up_raises_the_session_that_it_was_begun_for() -> None:
    assert require_to_raise(SESSION, "s", "p", NOW) is SESSION
    for session in (None, ENDED, replace(SESSION, session_id="t"), replace(SESSION, person_id="q")):
        with pytest.raises(SignInAttemptExpired):
            require_to_raise(session, "s", "p", NOW)


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
