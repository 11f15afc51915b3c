"""What is shown comes out of the signed credential: columns changed behind the signature confirm nothing, anywhere."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from pingshan_e_license.domain.license import License, State
from pingshan_e_license.domain.verification.conclusion import Result, Verification
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.life_cycle.list_my_licenses import list_my_licenses
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.life_cycle.search_licenses import search_licenses
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from sqlalchemy.engine import make_url

from tests.support.e_license.orders import COMPANY_CODE, holder_person, issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

AMR = issuer_of("amr")
CHANGED = {
    "attributes": 'attributes = attributes || \'{"premises": "深圳市坪山区别处1号"}\'',
    "attribute added": 'attributes = attributes || \'{"business_form": "小摊", "more": 1}\'',
    "attribute removed": "attributes = attributes - 'premises'",
    "expires_on": "expires_on = '2099-12-31'",
    "permanent": "expires_on = NULL",
    "effective_on": "effective_on = '2000-01-01'",
    "issued_at": "issued_at = issued_at - interval '1 day'",
    "agency": "agency = 'health'",
    "serial_number": "serial_number = serial_number || 'X'",
    "version": "version = 7",
    "type": "type = 'food-production-permit'",
    "holder_code_type": "holder_code_type = '099'",
}


@pytest.fixture(scope="module")
async def admin(platform: TestPlatform, given: Dependencies) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who changes rows past the service."""
    url = make_url(platform.database_admin_url("e-license")).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    yield connection
    await connection.close()


async def issued(given: Dependencies) -> License:
    return (await issue_license(given, AMR, issue_permit(f"T{uuid4().hex[:10].upper()}"))).license


async def verified(given: Dependencies, identifier: str) -> Verification:
    return await verify_license(given, AMR, VerifyLicense(identifier, "现场检查"))


def failed(answer: Verification) -> list[str]:
    return [each.code for each in answer.checks if not each.passed]


async def doubts_everywhere(given: Dependencies, license_id: UUID) -> list[tuple[str, ...]]:
    """The file of the licence, the agency's list and the holder's."""
    lists = [
        (await search_licenses(given, AMR, type_code="food-business-permit")).items,
        (await list_my_licenses(given, holder_person(COMPANY_CODE))).items,
    ]
    file = await get_license(given, AMR, license_id=license_id)
    return [
        file.found.doubts,
        *(each.doubts for items in lists for each in items if each.license.license_id == license_id),
    ]


@pytest.mark.parametrize("change", CHANGED)
async def test_a_changed_column_confirms_nothing(given: Dependencies, admin: asyncpg.Connection, change: str) -> None:
    licence = await issued(given)
    assert (await verified(given, licence.identifier)).result is Result.VALID
    await admin.execute(f"UPDATE license SET {CHANGED[change]} WHERE license_id = $1", licence.license_id)
    answer = await verified(given, licence.identifier)
    assert (answer.result, answer.state, answer.found) == (Result.UNKNOWN, None, None)
    assert "content" in failed(answer)
    if change not in ("agency", "type"):
        shown = await doubts_everywhere(given, licence.license_id)
        assert len(shown) == 3
        assert all("content" in each for each in shown)


async def test_another_licence_s_encrypted_holder_does_not_fit(given: Dependencies, admin: asyncpg.Connection) -> None:
    """Disclosures of another licence, under the signature of this one."""
    licence, other = await issued(given), await issued(given)
    await admin.execute(
        "UPDATE license SET credential = (SELECT credential FROM license WHERE license_id = $2) WHERE license_id = $1",
        licence.license_id,
        other.license_id,
    )
    assert failed(await verified(given, licence.identifier)) == ["signature"]


@pytest.mark.parametrize("credential", ["", "a.b.c", "e30.e30.", "not a token"])
async def test_no_credential_at_all(given: Dependencies, admin: asyncpg.Connection, credential: str) -> None:
    licence = await issued(given)
    await admin.execute("UPDATE license SET credential = $2 WHERE license_id = $1", licence.license_id, credential)
    answer = await verified(given, licence.identifier)
    assert (answer.result, failed(answer)) == (Result.UNKNOWN, ["signature"])


async def test_a_standing_set_back_against_its_decisions(given: Dependencies, admin: asyncpg.Connection) -> None:
    licence = await issued(given)
    await revoke_license(given, AMR, RevokeLicense(uuid4(), licence.license_id, "停业", "食品安全法"))
    assert (await verified(given, licence.identifier)).state is State.REVOKED
    await admin.execute("UPDATE license SET standing = 'valid', revision = 1 WHERE license_id = $1", licence.license_id)
    answer = await verified(given, licence.identifier)
    assert (answer.result, answer.state, failed(answer)) == (Result.UNKNOWN, None, ["decisions"])
    assert await doubts_everywhere(given, licence.license_id) == [("decisions",)] * 3


async def test_a_licence_without_its_decisions(given: Dependencies, admin: asyncpg.Connection) -> None:
    licence = await issued(given)
    await admin.execute("DELETE FROM license_transition WHERE license_id = $1", licence.license_id)
    assert {"decisions", "issuer_key"} <= set(failed(await verified(given, licence.identifier)))


async def test_pages_and_rest_show_it(
    running: RunningService, admin: asyncpg.Connection, identity_tokens: TokenIssuer
) -> None:
    licence = await issued(running.given)
    await admin.execute(f"UPDATE license SET {CHANGED['expires_on']} WHERE license_id = $1", licence.license_id)
    async with running.pages(AMR) as browser:
        page = (await browser.get(f"/licenses/{licence.license_id}")).text
        assert "这张证照不能确认" in page
        assert "登记的内容与签名的内容不一致" in page
        assert "不能确认" in (await browser.get("/workspace")).text
        english = (await browser.get(f"/licenses/{licence.license_id}?language=en")).text
        assert "What is kept is not what was signed" in english
    bearer = identity_tokens.bearer("e-license", "issuer", org="amr")
    async with running.http() as rest:
        answer = await rest.get(f"/v1/licenses/{licence.license_id}", headers=bearer)
        assert answer.json()["state"] == "unconfirmed"
        asked = {"identifier": licence.identifier, "purpose": "现场检查"}
        verification = (await rest.post("/v1/verifications", json=asked, headers=bearer)).json()
        assert (verification["result"], verification["license"]) == ("unknown", None)
