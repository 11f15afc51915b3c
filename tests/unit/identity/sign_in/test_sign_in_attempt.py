"""What a sign-in under way still misses, and who goes on with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.sign_in_attempt import Missing, SignInAttempt, require_own_password_missing

PERSON, ANOTHER = "0193b0a0-0000-7000-8000-000000000001", "0193b0a0-0000-7000-8000-000000000002"
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
BEGUN = SignInAttempt(
    attempt_hash=b"",
    realm=Realm.STAFF,
    person_id=None,
    level=2,
    acr=0,
    amr=(),
    session_id=None,
    continuation="/",
    challenge=None,
    sms_challenge_id=None,
    begun_at=NOW,
)
WITH_PASSWORD = BEGUN.with_proof(PERSON, (Method.PASSWORD,))
WITH_BOTH = WITH_PASSWORD.with_proof(PERSON, (Method.OTP,))
WITH_PASSKEY = BEGUN.with_proof(PERSON, (Method.SYNCED_PASSKEY,))


@pytest.mark.parametrize(
    ("attempt", "must_change", "missing"),
    [
        (BEGUN, False, Missing.FIRST_PROOF),
        (BEGUN, True, Missing.FIRST_PROOF),
        (WITH_PASSWORD, False, Missing.FACTOR),
        (WITH_PASSWORD, True, Missing.FACTOR),
        (WITH_BOTH, False, None),
        (WITH_BOTH, True, Missing.OWN_PASSWORD),
        (WITH_PASSKEY, True, None),
        (replace(WITH_PASSKEY, level=3), False, Missing.FACTOR),
        (replace(WITH_PASSWORD, level=1), False, None),
        (replace(WITH_PASSWORD, level=1), True, Missing.OWN_PASSWORD),
    ],
)
def test_what_is_missing(attempt: SignInAttempt, must_change: bool, missing: Missing | None) -> None:
    assert attempt.missing(must_change_password=must_change, has_more_than_sms=True) is missing


@pytest.mark.parametrize("missing", [None, *Missing])
def test_a_password_is_set_only_where_it_is_what_is_missing(missing: Missing | None) -> None:
    if missing is Missing.OWN_PASSWORD:
        require_own_password_missing(missing)
        return
    with pytest.raises(SignInAttemptExpired):
        require_own_password_missing(missing)


def test_proofs_add_up_and_each_counts_once() -> None:
    again = WITH_BOTH.with_proof(PERSON, (Method.PASSWORD,))
    assert (again.amr, again.acr, again.person_id) == (("pwd", "otp"), 2, PERSON)


def test_nobody_goes_on_with_the_sign_in_of_another() -> None:
    assert BEGUN.may_be(ANOTHER)
    assert not WITH_PASSWORD.may_be(ANOTHER)
    with pytest.raises(SignInAttemptExpired):
        WITH_PASSWORD.with_proof(ANOTHER, (Method.OTP,))


def test_a_second_proof_needs_a_first() -> None:
    assert WITH_PASSWORD.require_person() == PERSON
    with pytest.raises(SignInAttemptExpired):
        BEGUN.require_person()


def test_a_code_is_the_first_proof_where_one_was_sent() -> None:
    assert replace(BEGUN, sms_challenge_id="c").require_sign_in_code() == "c"
    for attempt in (BEGUN, replace(WITH_PASSWORD, sms_challenge_id="c")):
        with pytest.raises(SignInAttemptExpired):
            attempt.require_sign_in_code()


def test_a_code_by_sms_alone_opens_an_account_that_has_nothing_else() -> None:
    by_code = replace(BEGUN, realm=Realm.PUBLIC, level=1).with_proof(PERSON, (Method.SMS,))
    nothing_else = by_code.missing(must_change_password=False, has_more_than_sms=False)
    more = by_code.missing(must_change_password=False, has_more_than_sms=True)
    assert (nothing_else, more) == (None, Missing.MORE_THAN_SMS)
    with_passkey = by_code.with_proof(PERSON, (Method.SYNCED_PASSKEY,))
    assert with_passkey.missing(must_change_password=False, has_more_than_sms=True) is None


def test_a_step_up_stands_on_what_its_session_stands_on() -> None:
    step_up = replace(BEGUN, session_id="s", session_amr=("pwd",)).with_proof(PERSON, (Method.OTP,))
    assert (step_up.amr, step_up.acr) == (("otp",), 2)


@pytest.mark.parametrize("changed", [None, NOW + timedelta(seconds=1)])
def test_a_changed_password_ends_the_sign_in_that_was_begun_with_the_old_one(changed: datetime | None) -> None:
    WITH_PASSWORD.require_same_password(NOW)
    WITH_PASSKEY.require_same_password(changed)
    with pytest.raises(SignInAttemptExpired):
        WITH_PASSWORD.require_same_password(changed)


def test_whose_session_it_raises() -> None:
    assert replace(BEGUN, session_id="s").is_of_session("s")
    assert not BEGUN.is_of_session("s")
