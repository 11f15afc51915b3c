"""Anybody verifies without a sign-in: a minimal answer, counted by address and in all; citizens are led there."""

import pytest
from pingshan_e_license.domain.errors import PublicVerificationsUsedUp
from pingshan_e_license.domain.verification.public_budget import BY_ADDRESS, BY_ALL
from pingshan_e_license.store.tables import public_verification_budget
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.verification.verify_publicly import VerifyPublicly, verify_publicly
from pingshan_kit.storage.tables import record
from sqlalchemy import delete, select

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, holder_person, issue_permit, issuer_of, verifier
from tests.support.e_license.service import RunningService

UNKNOWN = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


@pytest.fixture(scope="module")
async def identifier(running: RunningService) -> str:
    return (await issue_license(running.given, issuer_of("amr"), issue_permit("PUBLIC1"))).license.identifier


@pytest.fixture(autouse=True)
async def fresh(running: RunningService) -> None:
    """Nobody has asked before."""
    async with running.given.database.begin() as tx:
        await tx.execute(delete(public_verification_budget))


async def test_the_qr_code_leads_to_a_minimal_answer(running: RunningService, identifier: str) -> None:
    async with running.pages() as browser:
        answer = await browser.get(f"/public/verify?identifier={identifier}")
        assert answer.status_code == 200
        assert "真实有效" in answer.text
        assert "食品经营许可证" in answer.text
        assert "坪山市场监管局" in answer.text
        for hidden in (COMPANY_NAME, COMPANY_CODE, "王小满", "坪山大道"):
            assert hidden not in answer.text
        typed = await browser.post("/public/verify", identifier=f" {identifier.lower()} ")
        assert "真实有效" in typed.text
        unknown = await browser.post("/public/verify", identifier=UNKNOWN)
        assert "不能确认" in unknown.text
        assert "请向颁发机构核实" in unknown.text


async def test_rest_says_no_more(running: RunningService, identifier: str) -> None:
    async with running.http() as rest:
        answer = await rest.post("/v1/public/verifications", json={"identifier": identifier})
        found = answer.json()
        as_of = found.pop("as_of")
        assert as_of
        assert found == {
            "result": "valid",
            "state": "valid",
            "type": "food-business-permit",
            "type_name_zh": "食品经营许可证",
            "type_name_en": found["type_name_en"],
            "agency": "amr",
        }
        strict = await rest.post("/v1/public/verifications", json={"identifier": identifier.lower()})
        assert strict.json()["result"] == "malformed"
        unknown = (await rest.post("/v1/public/verifications", json={"identifier": UNKNOWN})).json()
        assert (unknown["result"], unknown["agency"]) == ("unknown", None)


async def test_an_address_is_counted_and_no_other_suffers(running: RunningService, identifier: str) -> None:
    body = {"identifier": identifier}
    async with running.http() as rest:
        for _ in range(BY_ADDRESS.most):
            assert (await rest.post("/v1/public/verifications", json=body)).status_code == 200
        refused = await rest.post("/v1/public/verifications", json=body)
        assert (refused.status_code, refused.json()["code"]) == (429, "E_LICENSE_PUBLIC_VERIFICATIONS_USED_UP")
        assert 0 < int(refused.headers["retry-after"]) <= BY_ADDRESS.pace.total_seconds() + 1
    async with running.pages() as browser:
        await browser.get("/public/verify")
        page = await browser.post("/public/verify", identifier=identifier)
        assert page.status_code == 429
        assert "核验次数过多" in page.text
        assert f'value="{identifier}"' in page.text
    async with running.given.database.read() as tx:
        rows = (await tx.execute(select(public_verification_budget.c.key))).scalars().all()
    assert len(rows) == 2
    assert all(len(each) == 32 for each in rows), "an address is kept as a keyed hash alone"


async def test_all_together_are_counted(running: RunningService, identifier: str) -> None:
    given = running.given
    await verify_publicly(given, VerifyPublicly(identifier, "192.0.2.1"))
    async with given.database.begin() as tx:
        shared = public_verification_budget.c.key == given.personal.index("public verification")
        later = public_verification_budget.c.blocked_until + 2 * BY_ALL.within
        await tx.execute(public_verification_budget.update().where(shared).values(blocked_until=later))
    with pytest.raises(PublicVerificationsUsedUp):
        await verify_publicly(given, VerifyPublicly(identifier, "192.0.2.2"))


async def test_each_use_is_recorded_without_an_address(running: RunningService, identifier: str) -> None:
    async with running.http() as rest:
        await rest.post("/v1/public/verifications", json={"identifier": identifier})
    query = select(record).where(record.c.act == "license.verified_publicly").order_by(record.c.id.desc()).limit(1)
    async with running.given.database.read() as tx:
        row = (await tx.execute(query)).one()
    assert (row.actor, row.details) == ("anonymous", {"result": "valid"})


async def test_who_is_there_is_led_where_they_may(running: RunningService) -> None:
    for person, own, others in (
        (None, "/public/verify", "/verify"),
        (holder_person(COMPANY_CODE), "/public/verify", "/verify"),
        (verifier("fire"), "/verify", "/public/verify"),
        (issuer_of("amr"), "/verify", "/public/verify"),
    ):
        async with running.pages(person) as browser:
            for path in ("/", "/catalogue"):
                html = (await browser.get(path)).text
                assert f'href="{own}"' in html
                assert f'href="{others}"' not in html
