from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from pingshan_e_license.domain.license import Act, License, Standing, State, Transition
from pingshan_e_license.domain.life_cycle.history import Version, as_of
from pingshan_e_license.domain.validity import Period

from tests.support.e_license.orders import a_license


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def decided(number: int, act: Act, standing: Standing, effective: datetime, recorded: datetime) -> Transition:
    return Transition(number, standing, effective, recorded, "person:1", act=act)


def version(number: int) -> License:
    period = Period(date(2026, 1, 1), date(2026, 12, 31))
    return replace(a_license(""), license_id=UUID(int=number), version=number, period=period)


# Issued in January; revoked from 1 March, recorded on 1 April; a court restores it from 1 March, recorded on 1 August.
HISTORY = [
    Version(
        version(1),
        (
            decided(1, Act.ISSUE, Standing.VALID, at(1), at(1)),
            decided(2, Act.REVOKE, Standing.REVOKED, at(3), at(4)),
            decided(3, Act.RESTORE, Standing.SUPERSEDED, at(3), at(8)),
        ),
    ),
    Version(version(2), (decided(1, Act.RESTORE, Standing.VALID, at(3), at(8)),)),
]


@pytest.mark.parametrize(
    ("moment", "known", "number", "state"),
    [
        (at(5), datetime(2025, 12, 1, tzinfo=UTC), None, None),
        (at(3, 15), at(3, 15), 1, State.VALID),
        (at(3, 15), at(4), 1, State.REVOKED),
        (at(3, 15), at(8), 2, State.VALID),
        (at(2), at(9), 1, State.VALID),
        (at(9), at(7), 1, State.REVOKED),
        (at(9), at(9), 2, State.VALID),
        (datetime(2027, 2, 1, tzinfo=UTC), at(9), 2, State.EXPIRED),
        (datetime(2025, 2, 1, tzinfo=UTC), at(9), 1, State.NOT_YET_VALID),
    ],
)
def test_what_it_was_and_what_was_known(
    moment: datetime, known: datetime, number: int | None, state: State | None
) -> None:
    for versions in (HISTORY, HISTORY[::-1]):
        answer = as_of(versions, at=moment, day=moment.date(), known_at=known)
        assert (answer.version.version if answer.version else None, answer.state) == (number, state)
        assert all(each.recorded_at <= known for one in answer.known for each in one.transitions)
