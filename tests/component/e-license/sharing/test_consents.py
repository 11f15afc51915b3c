"""Consents are bound, counted exactly, and withdrawn at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pingshan_e_license.domain.errors import (
    ConsentDecided,
    ConsentExpired,
    ConsentNotCovering,
    ConsentNotFound,
    ConsentNotGranted,
    ConsentRequired,
    ConsentUsedUp,
    ConsentWithdrawn,
    OverAsked,
    RequestInvalid,
)
from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.consent import ConsentState
from pingshan_e_license.service import dependencies
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.tables import consent
from pingshan_e_license.usecases.answers import GivenAnswer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_consent import get_consent
from pingshan_e_license.usecases.sharing.grant_consent import GrantConsent, grant_consent
from pingshan_e_license.usecases.sharing.list_consents import list_consents
from pingshan_e_license.usecases.sharing.list_my_uses import list_my_uses
from pingshan_e_license.usecases.sharing.refuse_consent import RefuseConsent, refuse_consent
from pingshan_e_license.usecases.sharing.request_consent import request_consent
from pingshan_e_license.usecases.sharing.request_data import RequestData, request_data
from pingshan_e_license.usecases.sharing.withdraw_consent import WithdrawConsent, withdraw_consent
from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import outbox, record
from sqlalchemy import func, select

from tests.support.e_license.orders import holder_person, verifier
from tests.support.e_license.sharing import (
    EDUCATION,
    PURPOSE,
    a_person,
    about_lease,
    consent_to_lease,
    granted_consent,
    issue_lease,
)
from tests.support.platform import TestPlatform


@pytest.fixture(scope="module")
async def other(given: Dependencies, platform: TestPlatform) -> AsyncIterator[Dependencies]:
    """A second bundle, as another process has it."""
    settings = platform.service("e-license", seeded=True).settings(Settings)
    database = Database.from_settings(settings)
    made, close = dependencies(settings, database)
    yield made
    await close()
    await database.close()


async def test_asked_granted_used_up(given: Dependencies) -> None:
    person = a_person()
    await issue_lease(given, person)
    granted = await granted_consent(given, person)
    answer = await request_data(given, EDUCATION, about_lease(person, granted.consent_id))
    assert [each.fields for each in answer.answer.licenses] == [{"lease_to": "2030-08-31"}]
    assert answer.answer.predicates == {"is_dwelling": True}
    with pytest.raises(ConsentUsedUp):
        await request_data(given, EDUCATION, about_lease(person, granted.consent_id))
    [mine] = (await list_consents(given, holder_person(person))).items
    assert (mine.uses_left, mine.state) == (0, ConsentState.GRANTED)


async def test_used_up_exactly_once_by_many_at_once(given: Dependencies) -> None:
    person = a_person()
    granted = await granted_consent(given, person, uses=1)
    asked = [request_data(given, EDUCATION, about_lease(person, granted.consent_id)) for _ in range(10)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, GivenAnswer) for each in results) == 1
    assert sum(isinstance(each, ConsentUsedUp) for each in results) == 9
    assert len((await list_my_uses(given, holder_person(person))).page.items) == 1


async def test_used_up_exactly_once_by_two_processes(given: Dependencies, other: Dependencies) -> None:
    """Two bundles have no lane in common: one caller waits for the other's row."""
    person = a_person()
    granted = await granted_consent(given, person, uses=3)
    asked = [
        request_data(each, EDUCATION, about_lease(person, granted.consent_id))
        for each in (given, other)
        for _ in range(2)
    ]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each).__name__ for each in results].count("GivenAnswer") == 2  # and no more, by the holder's limit
    [mine] = (await list_consents(given, holder_person(person))).items
    assert mine.uses_left == 1


@pytest.mark.parametrize("round_", range(5))
async def test_the_last_use_is_given_to_one_process(given: Dependencies, other: Dependencies, round_: int) -> None:
    person = a_person()
    granted = await granted_consent(given, person, uses=1)
    asked = [request_data(each, EDUCATION, about_lease(person, granted.consent_id)) for each in (given, other)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["ConsentUsedUp", "GivenAnswer"], round_


async def test_withdrawn_at_once(given: Dependencies) -> None:
    person = a_person()
    granted = await granted_consent(given, person, uses=5)
    asked = about_lease(person, granted.consent_id)
    await request_data(given, EDUCATION, asked)
    me = holder_person(person)
    withdrawn = await withdraw_consent(given, me, WithdrawConsent(uuid4(), granted.consent_id))
    assert (withdrawn.state, withdrawn.uses_left) == (ConsentState.WITHDRAWN, 4)
    for again in (about_lease(person, granted.consent_id), asked):
        with pytest.raises(ConsentWithdrawn):
            await request_data(given, EDUCATION, again)
    with pytest.raises(ConsentDecided):
        await withdraw_consent(given, me, WithdrawConsent(uuid4(), granted.consent_id))


async def test_expired(given: Dependencies) -> None:
    person = a_person()
    granted = await granted_consent(given, person)
    yesterday = clock.today() - timedelta(days=1)
    async with given.database.begin() as tx:
        mine = consent.c.consent_id == granted.consent_id
        await tx.execute(consent.update().where(mine).values(expires_on=yesterday))
    with pytest.raises(ConsentExpired):
        await request_data(given, EDUCATION, about_lease(person, granted.consent_id))


async def test_not_granted_and_refused(given: Dependencies) -> None:
    person = a_person()
    asked = await request_consent(given, EDUCATION, consent_to_lease(person))
    with pytest.raises(ConsentNotGranted):
        await request_data(given, EDUCATION, about_lease(person, asked.consent_id))
    me = holder_person(person)
    await refuse_consent(given, me, RefuseConsent(uuid4(), asked.consent_id))
    with pytest.raises(ConsentNotGranted):
        await request_data(given, EDUCATION, about_lease(person, asked.consent_id))
    with pytest.raises(ConsentDecided):
        await grant_consent(given, me, GrantConsent(uuid4(), asked.consent_id))


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": "2028 年秋季学位"},
        {"asked": Asked(("lease_from",), ())},
        {"asked": Asked((), (Question("is_valid", {"day": "2026-11-30"}),))},
    ],
)
async def test_another_purpose_or_field(given: Dependencies, changed: dict[str, Any]) -> None:
    person = a_person()
    granted = await granted_consent(given, person)
    with pytest.raises(ConsentNotCovering):
        await request_data(given, EDUCATION, about_lease(person, granted.consent_id, **changed))
    async with given.database.read() as tx:
        left = select(consent.c.uses_left).where(consent.c.consent_id == granted.consent_id)
        assert (await tx.execute(left)).scalar_one() == 1


async def test_another_holder(given: Dependencies) -> None:
    granted = await granted_consent(given, a_person())
    with pytest.raises(ConsentNotCovering):
        await request_data(given, EDUCATION, about_lease(a_person(), granted.consent_id))


async def test_another_item(given: Dependencies) -> None:
    """Two items of one requester: a consent to the first is none to the second."""
    person, housing = a_person(), verifier("housing")
    terms = consent_to_lease(person, item="SI-13", fields=(), predicates=("is_married",))
    asked = await request_consent(given, housing, terms)
    await grant_consent(given, holder_person(person), GrantConsent(uuid4(), asked.consent_id))
    question = Asked((), (Question("is_unemployed", {}),))
    other = about_lease(person, asked.consent_id, item="SI-14", asked=question)
    with pytest.raises(ConsentNotCovering):
        await request_data(given, housing, other)


async def test_another_requesters_consent_is_none(given: Dependencies) -> None:
    person = a_person()
    granted = await granted_consent(given, person)
    question = Asked((), (Question("has_disability", {"day": "2026-11-30"}),))
    with pytest.raises(ConsentNotFound):
        await request_data(
            given, verifier("civil"), about_lease(person, granted.consent_id, item="SI-16", asked=question)
        )


async def test_only_the_holder_decides(given: Dependencies) -> None:
    person = a_person()
    asked = await request_consent(given, EDUCATION, consent_to_lease(person))
    for other in (holder_person(a_person()), EDUCATION):
        with pytest.raises(ConsentNotFound):
            await grant_consent(given, other, GrantConsent(uuid4(), asked.consent_id))
        with pytest.raises(ConsentNotFound):
            await get_consent(given, other, consent_id=asked.consent_id)
    assert (await get_consent(given, holder_person(person), consent_id=asked.consent_id)).of.item.code == "SI-15"


async def test_decisions_happen_once_and_are_recorded(given: Dependencies) -> None:
    person = a_person()
    request = consent_to_lease(person)
    asked = [await request_consent(given, EDUCATION, request) for _ in range(2)]
    assert asked[0] == asked[1]
    me, grant = holder_person(person), GrantConsent(uuid4(), asked[0].consent_id)
    granted = [await grant_consent(given, me, grant) for _ in range(2)]
    assert granted[0] == granted[1]
    subject = str(asked[0].consent_id)
    async with given.database.read() as tx:
        acts = await tx.execute(select(record.c.act).where(record.c.subject == subject).order_by(record.c.id))
        events = select(func.count()).select_from(outbox).where(outbox.c.aggregate_id == subject)
        assert list(acts.scalars()) == ["consent.requested", "consent.granted"]
        assert (await tx.execute(events)).scalar_one() == 1


async def test_asking_consent_for_too_much_is_over_asking(given: Dependencies) -> None:
    with pytest.raises(OverAsked):
        await request_consent(given, EDUCATION, consent_to_lease(a_person(), fields=("premises",)))
    with pytest.raises(OverAsked):
        await request_consent(given, verifier("civil"), consent_to_lease(a_person()))
    with pytest.raises(RequestInvalid):
        await request_consent(given, EDUCATION, consent_to_lease(a_person(), uses=0))


async def test_whose_consents_are_listed(given: Dependencies) -> None:
    person, company = a_person(), a_person()
    asked = await request_consent(given, EDUCATION, consent_to_lease(person))
    both = holder_person(person, company)
    assert [each.consent_id for each in (await list_consents(given, both)).items] == [asked.consent_id]
    assert (await list_consents(given, holder_person(a_person()))).items == ()
    assert asked.consent_id in {each.consent_id for each in (await list_consents(given, EDUCATION)).items}
    assert asked.consent_id not in {each.consent_id for each in (await list_consents(given, verifier("civil"))).items}


async def test_the_other_of_a_household_consents_too(given: Dependencies) -> None:
    first, second, housing = a_person(), a_person(), verifier("housing")

    async def consented(code: str) -> Any:
        terms = consent_to_lease(code, item="SI-11", fields=(), predicates=("same_household_as",))
        asked = await request_consent(given, housing, terms)
        return await grant_consent(given, holder_person(code), GrantConsent(uuid4(), asked.consent_id))

    mine = await consented(first)

    def question() -> RequestData:
        asked = Asked((), (Question("same_household_as", {"other_id_number": second}),))
        return about_lease(first, mine.consent_id, item="SI-11", asked=asked)

    with pytest.raises(ConsentRequired):
        await request_data(given, housing, question())
    assert (await get_consent(given, holder_person(first), consent_id=mine.consent_id)).consent.uses_left == 1
    other = await consented(second)
    answer = await request_data(given, housing, question())
    assert answer.answer.predicates == {"same_household_as": False}
    [seen] = (await list_my_uses(given, holder_person(second))).page.items
    assert (seen.use.consent_id, seen.use.purpose) == (other.consent_id, PURPOSE)
    assert (await get_consent(given, holder_person(second), consent_id=other.consent_id)).consent.uses_left == 0
