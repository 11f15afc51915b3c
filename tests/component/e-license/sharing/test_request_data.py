"""Answers are exactly what was asked, counted exactly, and refused where anything is too much."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pingshan_e_license.domain.errors import (
    AnswerNotKept,
    ConsentNotFound,
    ConsentRequired,
    HolderCodeInvalid,
    HolderLimitReached,
    NoMandate,
    NotAllowed,
    OverAsked,
    QuotaExceeded,
    RequestInvalid,
    SharingItemUnknown,
)
from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.store.tables import data_use, kept_answer, license_, sharing_count, sharing_item
from pingshan_e_license.usecases.answers import GivenAnswer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.sharing.request_data import request_data
from pingshan_kit import clock
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.tables import command, record
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import func, select

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, holder_person, issue_permit, issuer_of, verifier
from tests.support.e_license.sharing import WATER, a_person, about_company, about_lease

TODAY = clock.today().isoformat()


@pytest.fixture(autouse=True)
async def no_counts(given: Dependencies) -> None:
    """Each test has the day's quotas for itself."""
    async with given.database.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM sharing_count")
        await tx.exec_driver_sql("DELETE FROM holder_answer_count")


async def counted(given: Dependencies) -> dict[tuple[str, str, str], int]:
    async with given.database.read() as tx:
        rows = await tx.execute(select(sharing_count))
        return {(row.requester, row.item, row.outcome): row.requests for row in rows}


async def change_item(given: Dependencies, code: str, changed: Mapping[str, Any]) -> None:
    async with given.database.begin() as tx:
        mine = sharing_item.c.code == code
        definition = (await tx.execute(select(sharing_item.c.definition).where(mine))).scalar_one()
        await tx.execute(sharing_item.update().where(mine).values(definition=definition | dict(changed)))


async def test_the_answer_is_exactly_what_was_asked(given: Dependencies) -> None:
    answer = await request_data(given, WATER, about_company())
    assert [(each.type, each.fields) for each in answer.answer.licenses] == [
        ("business-licence", {"name": COMPANY_NAME})
    ]
    assert answer.answer.predicates == {"is_valid": True}
    assert (answer.keep_until - clock.today()).days == 365
    assert await counted(given) == {("water", "SI-01", "answered"): 1}


async def test_a_repeated_request_is_answered_once_more_and_counted_once(given: Dependencies) -> None:
    asked = about_company()
    answers = await asyncio.gather(*(request_data(given, WATER, asked) for _ in range(5)))
    assert {each.use_id for each in answers} == {answers[0].use_id}
    assert {str(each.answer) for each in answers} == {str(answers[0].answer)}
    assert await counted(given) == {("water", "SI-01", "answered"): 1}
    with pytest.raises(RequestIdReused):
        await request_data(given, WATER, replace(asked, purpose="其他"))


async def test_an_answer_that_is_kept_no_longer(given: Dependencies) -> None:
    asked = about_company()
    answer = await request_data(given, WATER, asked)
    async with given.database.begin() as tx:
        await tx.execute(kept_answer.delete().where(kept_answer.c.use_id == answer.use_id))
    with pytest.raises(AnswerNotKept):
        await request_data(given, WATER, asked)


@pytest.mark.parametrize(
    ("actor", "asked", "excess"),
    [
        (WATER, Asked(("legal_representative",), ()), "field"),
        (WATER, Asked((), (Question("sign_name_matches", {"sign_name": "x"}),)), "predicate"),
        (WATER, Asked(("name",), (), ("food-business-permit",)), "type"),
        (verifier("urban"), Asked(("name",), ()), "requester"),
    ],
)
async def test_over_asking_is_recorded_and_counted_once(
    given: Dependencies, actor: Actor, asked: Asked, excess: str
) -> None:
    request = about_company(asked=asked)
    for _ in range(2):
        with pytest.raises(OverAsked) as refused:
            await request_data(given, actor, request)
        assert refused.value.params["excess"] == excess
    assert await counted(given) == {(actor.organisation, "SI-01", "over_asked"): 1}
    query = select(record.c.details).where(record.c.act == "data.over-asked").order_by(record.c.id.desc()).limit(1)
    async with given.database.read() as tx:
        details = (await tx.execute(query)).scalar_one()
        uses = (await tx.execute(select(func.count()).select_from(data_use))).scalar_one()
    assert (details["requester"], details["excess"]) == (actor.organisation, excess)
    with pytest.raises(OverAsked):
        await request_data(given, actor, replace(request, purpose="同一编号，另一份内容"))
    assert await counted(given) == {(actor.organisation, "SI-01", "over_asked"): 2}
    async with given.database.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(data_use))).scalar_one() == uses


async def test_an_agent_without_a_mandate_is_refused_and_counted(given: Dependencies) -> None:
    with pytest.raises(NoMandate):
        await request_data(given, holder_person(a_person()), about_company())
    assert await counted(given) == {("", "SI-01", "over_asked"): 1}


async def test_an_agent_with_a_mandate_is_answered(given: Dependencies) -> None:
    answer = await request_data(given, holder_person(COMPANY_CODE), about_company())
    assert answer.answer.predicates == {"is_valid": True}
    assert await counted(given) == {("", "SI-01", "answered"): 1}


async def test_who_has_no_business_here(given: Dependencies) -> None:
    for actor in (replace(WATER, roles=frozenset()), Actor(kind=ActorKind.SERVICE, service="workflow")):
        with pytest.raises(NotAllowed):
            await request_data(given, actor, about_company())
    with pytest.raises(SharingItemUnknown):
        await request_data(given, WATER, about_company(item="SI-99"))
    with pytest.raises(SharingItemUnknown):
        await request_data(given, WATER, about_company(item="\0"))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"asked": Asked((), (Question("is_valid", {"day": "2026-02-30"}),))}, RequestInvalid),
        ({"asked": Asked((), ())}, RequestInvalid),
        ({"purpose": ""}, RequestInvalid),
        ({"holder_code": "91440310TEXT10001X"}, HolderCodeInvalid),
        ({"holder_code_type": "000"}, HolderCodeInvalid),
    ],
)
async def test_wrong_values(given: Dependencies, changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await request_data(given, WATER, about_company(**changed))
    assert await counted(given) == {}


async def test_an_unknown_holder_is_answered_as_one_without_a_licence(given: Dependencies) -> None:
    """The same answer, the same records and the same limits: nobody learns who is known here."""
    known = a_person()

    async def ask(code: str) -> GivenAnswer:
        return await request_data(given, WATER, about_company(holder_code=code, holder_code_type="111"))

    answers = [await ask(known), await ask("440310198502140001")]
    assert [each.answer for each in answers] == [answers[0].answer] * 2
    assert answers[0].answer.licenses == ()
    assert answers[0].answer.predicates == {"is_valid": False}
    for code in (known, "440310198502140001"):
        for _ in range(2):
            await ask(code)
        with pytest.raises(HolderLimitReached):
            await ask(code)


async def test_a_revoked_licence_is_shared_with_nobody(given: Dependencies) -> None:
    """Nor one whose columns were changed behind its signature."""
    education = verifier("education")
    day = {"day": TODAY}
    asked = Asked((), (Question("is_valid", day), Question("is_canteen", {})))
    request = about_company(item="SI-18", asked=asked)
    issued = await issue_license(given, issuer_of("amr"), issue_permit(uuid4().hex[:12].upper()))
    assert (await request_data(given, education, request)).answer.predicates["is_valid"]
    async with given.database.begin() as tx:
        mine = license_.c.license_id == issued.license.license_id
        kept = (await tx.execute(select(license_.c.credential).where(mine))).scalar_one()
        await tx.execute(license_.update().where(mine).values(credential=kept[:-2] + "AA"))
    again = replace(request, request_id=uuid4())
    assert not (await request_data(given, education, again)).answer.predicates["is_valid"]
    async with given.database.begin() as tx:
        await tx.execute(license_.update().where(mine).values(credential=kept))
    await revoke_license(
        given, issuer_of("amr"), RevokeLicense(uuid4(), issued.license.license_id, "停业", "食品安全法")
    )
    again = replace(request, request_id=uuid4())
    assert not (await request_data(given, education, again)).answer.predicates["is_valid"]


async def test_the_limit_of_a_holder_is_exact_for_many_at_once(given: Dependencies) -> None:
    asked = [request_data(given, WATER, about_company()) for _ in range(12)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, GivenAnswer) for each in results) == 3
    refused = [each for each in results if isinstance(each, HolderLimitReached)]
    assert len(refused) == 9
    assert 0 < refused[0].params["retry_after"] <= 86_400  # type: ignore[operator]
    assert await counted(given) == {
        ("water", "SI-01", "answered"): 3,
        ("water", "SI-01", "holder_limit_reached"): 9,
    }


async def test_the_quota_of_a_requester_is_exact_for_many_at_once(given: Dependencies) -> None:
    await change_item(given, "SI-01", {"daily_quota": 5})
    try:
        people = {a_person() for _ in range(12)}
        asked = [request_data(given, WATER, about_company(holder_code=code, holder_code_type="111")) for code in people]
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(each, GivenAnswer) for each in results) == 5
        assert sum(isinstance(each, QuotaExceeded) for each in results) == len(people) - 5
    finally:
        await change_item(given, "SI-01", {"daily_quota": 300})


async def test_a_consent_item_needs_a_consent(given: Dependencies) -> None:
    with pytest.raises(ConsentRequired):
        await request_data(given, verifier("education"), about_lease(a_person(), None))
    with pytest.raises(ConsentNotFound):
        await request_data(given, verifier("education"), about_lease(a_person(), uuid4()))
    assert await counted(given) == {("education", "SI-15", "no_consent"): 2}


async def test_nothing_personal_is_kept_in_the_open(given: Dependencies) -> None:
    code = a_person()
    asked = about_company(holder_code=code, holder_code_type="111", purpose="核对王小满")
    answer = await request_data(given, WATER, asked)
    async with given.database.read() as tx:
        stored = [str(row) for row in await tx.execute(select(data_use).where(data_use.c.use_id == answer.use_id))]
        stored += [
            str(row) for row in await tx.execute(select(command).where(command.c.request_id == asked.request_id))
        ]
        stored += [str(row) for row in await tx.execute(select(record).where(record.c.subject == str(answer.use_id)))]
    assert len(stored) == 3
    assert not any(secret in text for text in stored for secret in (code, "王小满"))
