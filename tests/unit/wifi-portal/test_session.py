"""What accounting reports do to a session, in every order."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from pingshan_wifi_portal.domain.session import (
    CLOCK_SLACK,
    LONGEST_DELAY,
    AccountingRequest,
    Session,
    Status,
    apply,
    from_class,
    occurred_at,
    refusal,
    to_class,
)

BEGIN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-000000000001")
MAC = "02:00:00:00:00:01"
FRESH = Session(ID, "PS-NAS-01", "PS-HS-001", MAC, "s-1", None, None, 1, None, None, None, 0, 0, 0, 0, 0)


def report(status: Status, seconds: int, octets: int = 0) -> AccountingRequest:
    return AccountingRequest(
        status=status,
        controller_id="PS-NAS-01",
        session_id=ID,
        acct_session_id="s-1",
        device_mac=MAC,
        access_point_mac="02:50:53:00:00:01",
        framed_ip="10.0.0.1",
        input_octets=octets // 4,
        output_octets=octets - octets // 4,
        session_seconds=seconds,
        occurred_at=BEGIN + timedelta(seconds=seconds),
    )


START, FIRST, SECOND = (
    report(Status.START, 0),
    report(Status.INTERIM_UPDATE, 60, 1_000),
    report(Status.INTERIM_UPDATE, 120, 5_000),
)
STOP = report(Status.STOP, 180, 8_000)


def run(*reports: AccountingRequest, session: Session = FRESH) -> tuple[Session, int, int, int]:
    """The session at the end, octets charged, starts and ends published."""
    octets = starts = ends = 0
    for each in reports:
        outcome = apply(session, each)
        session = outcome.session
        octets, starts, ends = octets + outcome.octets, starts + outcome.started, ends + outcome.ended
    return session, octets, starts, ends


@pytest.mark.parametrize("order", list(permutations([START, FIRST, SECOND, STOP])))
def test_any_order_charges_the_same_and_starts_and_ends_once(order: tuple[AccountingRequest, ...]) -> None:
    session, octets, starts, ends = run(*order)
    assert (octets, starts, ends) == (8_000, 1, 1)
    assert session.input_octets + session.output_octets == 8_000
    assert session.ended_at == STOP.occurred_at


@pytest.mark.parametrize("repeated", [START, FIRST, SECOND, STOP])
def test_a_repeated_report_changes_nothing(repeated: AccountingRequest) -> None:
    before = run(START, FIRST, SECOND, STOP)
    assert run(START, FIRST, SECOND, STOP, repeated, repeated) == before


def test_an_interim_stands_for_a_lost_start() -> None:
    session, octets, starts, _ = run(FIRST)
    assert (octets, starts) == (1_000, 1)
    assert session.started_at == FIRST.occurred_at


def test_counters_that_begin_again_are_added() -> None:
    session, octets, _, _ = run(START, SECOND, report(Status.INTERIM_UPDATE, 180, 300))
    assert octets == 5_300
    assert session.input_octets + session.output_octets == 5_300
    assert run(START, SECOND, report(Status.INTERIM_UPDATE, 180, 300), report(Status.STOP, 240, 900))[1] == 5_900


def test_lower_counters_at_the_same_second_are_an_overtaken_report() -> None:
    assert run(START, SECOND, replace(SECOND, input_octets=0, output_octets=10))[1] == 5_000


def test_a_step_that_no_device_can_move_is_not_charged() -> None:
    session, octets, _, _ = run(START, FIRST, report(Status.INTERIM_UPDATE, 61, 10**15))
    assert octets == 1_000
    assert apply(session, report(Status.INTERIM_UPDATE, 62, 10**15)).implausible


SIGNED_IN = replace(FRESH, visitor_id=ID, authorised_at=BEGIN - timedelta(seconds=20))


@pytest.mark.parametrize("seconds", [2**32 - 1, 60 + CLOCK_SLACK.total_seconds() + 30])
def test_a_session_time_longer_than_the_session_is_kept_and_not_believed(seconds: float) -> None:
    lying = replace(report(Status.INTERIM_UPDATE, 60, 9 * 10**17), session_seconds=int(seconds))
    session, octets, starts, _ = run(START, lying, session=SIGNED_IN)
    assert (octets, starts, session.session_seconds) == (0, 1, 0)
    assert json.loads(session.implausible_report) == {
        "at": lying.occurred_at.isoformat(),
        "session_seconds": int(seconds),
        "input_octets": lying.input_octets,
        "output_octets": lying.output_octets,
    }
    assert session.last_report_at == lying.occurred_at, "the device is there all the same"
    assert run(SECOND, session=session)[1] == 5_000, "what is right again counts"


def test_a_clock_that_is_a_little_behind_is_believed() -> None:
    early = replace(report(Status.INTERIM_UPDATE, 60, 1_000), session_seconds=60 + 4 * 60)
    assert run(START, early, session=SIGNED_IN)[1] == 1_000


def test_an_unknown_session_is_believed_for_a_month() -> None:
    assert not apply(FRESH, replace(FIRST, session_seconds=30 * 86_400)).implausible
    assert apply(FRESH, replace(FIRST, session_seconds=32 * 86_400)).implausible


def test_an_implausible_interim_opens_no_session_again() -> None:
    session, *_ = run(START, FIRST, session=SIGNED_IN)
    over = replace(session, ended_at=BEGIN + timedelta(minutes=2), end_cause="silent")
    outcome = apply(over, replace(SECOND, session_seconds=2**31))
    assert outcome.implausible
    assert outcome.session == over


def test_an_implausible_stop_still_ends_the_session() -> None:
    session, octets, _, ends = run(START, FIRST, report(Status.STOP, 61, 10**15))
    assert (octets, ends) == (1_000, 1)
    assert session.ended_at is not None


def test_a_later_interim_opens_a_session_again_that_was_ended_here() -> None:
    session, *_ = run(START, FIRST)
    lost = replace(session, ended_at=BEGIN + timedelta(minutes=20), end_cause="silent")
    assert apply(lost, SECOND).session.ended_at is None
    assert apply(replace(lost, session_seconds=200), SECOND).session.ended_at is not None


def test_more_than_four_gigabytes() -> None:
    assert run(START, report(Status.INTERIM_UPDATE, 3_600, 20 * 10**9))[1] == 20 * 10**9


def test_class_carries_session_and_policy_version() -> None:
    assert from_class(to_class(ID, 7)) == (ID, 7)
    assert from_class(b"") is None
    assert from_class(to_class(ID, 7)[:-1]) is None
    assert from_class(b"XXXX" + to_class(ID, 7)[4:]) is None


@pytest.mark.parametrize(
    ("owner", "reason"),
    [(START.controller_id, ""), (None, "unknown-access-point"), ("PS-NAS-02", "foreign-session")],
)
def test_whose_session_is_reported(owner: str | None, reason: str) -> None:
    assert refusal(owner, START) == reason


def test_the_stated_time_counts_where_it_is_plausible() -> None:
    delay, second = timedelta(minutes=10), timedelta(seconds=1)
    sent = BEGIN - delay
    assert occurred_at(None, delay, BEGIN) == sent
    for stated in (sent - CLOCK_SLACK, sent + CLOCK_SLACK):
        assert occurred_at(stated, delay, BEGIN) == stated
    for stated in (sent - CLOCK_SLACK - second, sent + CLOCK_SLACK + second):
        assert occurred_at(stated, delay, BEGIN) == sent
    assert occurred_at(BEGIN + second, timedelta(), BEGIN) == BEGIN, "nothing is reported before it happens"
    assert occurred_at(None, LONGEST_DELAY + delay, BEGIN) == BEGIN - LONGEST_DELAY
