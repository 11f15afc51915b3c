from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from pingshan_e_license.domain.credential import Credential
from pingshan_e_license.domain.errors import (
    AlreadyRevoked,
    LicenseFinal,
    LicenseSuperseded,
    LicenseSuspended,
    RequestInvalid,
    TransitionRefused,
)
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import (
    FINAL,
    Act,
    License,
    Standing,
    State,
    Transition,
    check_effective_at,
    check_grounds,
    state_as_known,
)
from pingshan_e_license.domain.validity import Period
from pingshan_values.errors import DomainError

PERIOD = Period(date(2026, 1, 1), date(2026, 12, 31))


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def licence(standing: Standing = Standing.VALID) -> License:
    return License(
        license_id=UUID(int=1),
        identifier="",
        type="food-business-permit",
        agency="amr",
        serial_number="1",
        version=1,
        holder=Holder("某单位", "11440310TEXT00017P", "001"),
        attributes={},
        period=PERIOD,
        issued_at=at(1),
        case_id="",
        credential=Credential("", ()),
        standing=standing,
    )


@pytest.mark.parametrize(
    ("standing", "day", "expected"),
    [
        (Standing.VALID, date(2025, 12, 31), State.NOT_YET_VALID),
        (Standing.VALID, date(2026, 1, 1), State.VALID),
        (Standing.VALID, date(2026, 12, 31), State.VALID),
        (Standing.VALID, date(2027, 1, 1), State.EXPIRED),
        (Standing.REVOKED, date(2026, 6, 1), State.REVOKED),
        (Standing.REVOKED, date(2027, 6, 1), State.REVOKED),
        (Standing.SUSPENDED, date(2025, 12, 31), State.SUSPENDED),
        (Standing.SUPERSEDED, date(2027, 6, 1), State.SUPERSEDED),
    ],
)
def test_state_on_a_day(standing: Standing, day: date, expected: State) -> None:
    assert licence(standing).state_on(day) is expected


def test_there_is_no_second_revocation() -> None:
    revoked = licence().after(Act.REVOKE)
    assert (revoked.standing, revoked.revision, revoked.allows(Act.REVOKE)) == (Standing.REVOKED, 2, False)
    with pytest.raises(AlreadyRevoked):
        revoked.after(Act.REVOKE)


@pytest.mark.parametrize(
    ("reason", "legal_basis", "wrong"),
    [
        (" ", "x" * 201, {"reason", "legal_basis"}),
        ("x" * 501, "行政许可法", {"reason"}),
        ("a\0", "行政许可法", {"reason"}),
        ("a\u202eb", "行政许可法\n第六十九条", {"reason", "legal_basis"}),
    ],
)
def test_a_revocation_has_a_reason_and_a_legal_basis(reason: str, legal_basis: str, wrong: set[str]) -> None:
    check_grounds("提供虚假材料\r\n伪造印章", "行政许可法 第六十九条")
    with pytest.raises(RequestInvalid) as refused:
        check_grounds(reason, legal_basis)
    assert {each.path for each in refused.value.violations} == wrong


# Issued in January; revoked from 1 March, but the exchange learned of it on 1 May.
HISTORY = [
    Transition(1, Standing.VALID, at(1), at(1), "person:1", act=Act.ISSUE),
    Transition(2, Standing.REVOKED, at(3), at(5), "person:1", act=Act.REVOKE),
]


@pytest.mark.parametrize(
    ("moment", "known", "expected"),
    [
        (at(2), at(6), State.VALID),
        (at(4), at(4), State.VALID),
        (at(4), at(6), State.REVOKED),
        (at(6), at(6), State.REVOKED),
        (at(6), datetime(2025, 12, 1, tzinfo=UTC), None),
    ],
)
def test_what_was_true_and_what_was_known(moment: datetime, known: datetime, expected: State | None) -> None:
    assert state_as_known(PERIOD, HISTORY, at=moment, day=moment.date(), known_at=known) is expected


FOLLOWS = {
    Standing.VALID: {
        Act.SUSPEND: Standing.SUSPENDED,
        Act.REVOKE: Standing.REVOKED,
        Act.RESCIND: Standing.RESCINDED,
        Act.CANCEL: Standing.CANCELLED,
        Act.LAPSE: Standing.LAPSED,
        Act.TRANSFER_OUT: Standing.TRANSFERRED_OUT,
        Act.RENEW: Standing.SUPERSEDED,
        Act.CHANGE: Standing.SUPERSEDED,
        Act.CORRECT: Standing.SUPERSEDED,
    },
    Standing.SUSPENDED: {
        Act.RESUME: Standing.VALID,
        Act.REVOKE: Standing.REVOKED,
        Act.RESCIND: Standing.RESCINDED,
        Act.CANCEL: Standing.CANCELLED,
        Act.LAPSE: Standing.LAPSED,
        Act.TRANSFER_OUT: Standing.TRANSFERRED_OUT,
    },
    **{each: {Act.RESTORE: Standing.SUPERSEDED} for each in FINAL},
    Standing.SUPERSEDED: {},
}
"""Every act that may follow on a standing; all others are refused."""


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("act", list(Act))
def test_each_act_on_each_standing(standing: Standing, act: Act) -> None:
    before = licence(standing)
    expected = FOLLOWS[standing].get(act)
    assert before.allows(act) == (expected is not None)
    if expected is not None:
        after = before.after(act)
        assert (after.standing, after.revision) == (expected, before.revision + 1)
        return
    with pytest.raises(DomainError) as refused:
        before.after(act)
    assert type(refused.value) is refusal_of(standing, act)


def refusal_of(standing: Standing, act: Act) -> type[DomainError]:
    if standing is Standing.SUPERSEDED:
        return LicenseSuperseded
    if (standing, act) == (Standing.REVOKED, Act.REVOKE):
        return AlreadyRevoked
    if standing in FINAL:
        return LicenseFinal
    if standing is Standing.SUSPENDED and act in {Act.RENEW, Act.CHANGE, Act.CORRECT}:
        return LicenseSuspended
    return TransitionRefused


@pytest.mark.parametrize(
    ("effective_at", "is_right"),
    [
        (None, True),
        (at(6), True),
        (datetime(2025, 12, 31, 16, tzinfo=UTC), True),  # the day begins in Shanghai
        (datetime(2025, 12, 31, 15, tzinfo=UTC), False),
        (datetime(2026, 6, 1, 0, 0, 1, tzinfo=UTC), False),
        (datetime(1, 1, 1, tzinfo=UTC), False),
        (datetime(9999, 12, 31, tzinfo=UTC), False),
    ],
)
def test_a_decision_holds_from_a_moment_of_the_licence_s_life(effective_at: datetime | None, is_right: bool) -> None:
    if is_right:
        check_effective_at(licence(), effective_at, at(6))
        return
    with pytest.raises(RequestInvalid) as refused:
        check_effective_at(licence(), effective_at, at(6))
    assert [each.path for each in refused.value.violations] == ["effective_at"]
