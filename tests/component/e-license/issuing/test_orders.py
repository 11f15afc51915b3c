"""Orders that come again, on another day, or for a serial number that somebody else has."""

import asyncio
from datetime import date, timedelta

import pytest
from pingshan_e_license.domain.errors import PeriodInvalid
from pingshan_e_license.domain.verification.conclusion import Result
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing import order as module
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_kit import clock
from sqlalchemy import text

from tests.support.e_license.orders import PERMIT, issue_permit, issuer_of, service

WORKFLOW, AMR = service("workflow"), issuer_of("amr")


class _Later:
    """The clock, on a day in ten years."""

    @staticmethod
    def today() -> date:
        return clock.today() + timedelta(days=3653)

    now = staticmethod(clock.now)


async def test_a_repeated_order_gets_its_answer_after_the_end_of_its_period(
    given: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = issue_permit("OR1", expires_on=clock.today() + timedelta(days=1))
    first = await issue_license(given, AMR, order)
    monkeypatch.setattr(module, "clock", _Later)
    assert await issue_license(given, AMR, order) == first
    again = issue_permit("OR1", expires_on=order.expires_on)
    assert await issue_license(given, AMR, again) == first
    with pytest.raises(PeriodInvalid):
        await issue_license(given, AMR, issue_permit("OR2", expires_on=order.expires_on))


async def test_a_case_whose_serial_number_is_taken_gets_the_next_one_once(given: Dependencies) -> None:
    async with given.database.begin() as tx:
        taken = await issue_license(given, AMR, issue_permit("OR3"))
        await tx.execute(text("UPDATE license SET serial_number = '2026900001' WHERE serial_number = 'OR3'"))
    order = issue_permit("2026900001", case_id="2026-900001")
    issued = await issue_license(given, WORKFLOW, order)
    assert issued.license.serial_number == "2026900001A"
    assert issued.license.license_id != taken.license.license_id
    assert issued.license.identifier.split(".")[-3] == "2026900001A"
    assert await issue_license(given, WORKFLOW, order) == issued


async def test_a_case_gets_one_licence_of_a_type_whoever_asks(given: Dependencies) -> None:
    orders = [
        issue_permit("2026900002", case_id="2026-900002", attributes=PERMIT | {"premises": f"坪山大道{number}号"})
        for number in range(4)
    ]
    issued = await asyncio.gather(*(issue_license(given, WORKFLOW, order) for order in orders))
    assert len({each.license.license_id for each in issued}) == 1
    async with given.database.read() as tx:
        query = text("SELECT count(*) FROM license WHERE case_id = '2026-900002'")
        assert (await tx.execute(query)).scalar_one() == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(1, 1, 1), None),
        (date(1, 1, 1), date(2099, 1, 1)),
        (date(9999, 1, 1), None),
        (date(9996, 2, 29), None),
        (date(9999, 12, 31), None),
        (date(9999, 12, 31), date(9999, 12, 31)),
        (date(2026, 11, 22), date(9999, 12, 30)),
        (date(1, 1, 1), date(9999, 12, 31)),
    ],
)
async def test_the_ends_of_the_calendar(given: Dependencies, first: date, last: date | None) -> None:
    """Refused in words, or issued and then read as it was signed; never a failure."""
    serial = f"OC{first.toordinal()}L{last.toordinal() if last else 0}"
    order = issue_permit(serial, effective_on=first, expires_on=last)
    try:
        issued = await issue_license(given, AMR, order)
    except PeriodInvalid:
        return
    answer = await verify_license(given, AMR, VerifyLicense(issued.license.identifier, "现场检查"))
    assert answer.state is issued.license.state_on(clock.today())
    assert answer.result in (Result.VALID, Result.NOT_VALID)
