"""Who may not have a licence as a file, and what a file's way leaves nowhere."""

import logging

import httpx
import pytest
from pingshan_e_license.domain.license import License
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_kit.storage.tables import record
from sqlalchemy import func, select

from tests.support.e_license.orders import issue_permit, issuer_of, verifier
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

STRANGERS = {
    "another agency's issuer": {"roles": ("issuer", "verifier"), "org": "health"},
    "a verifier of the agency": {"roles": ("verifier",), "org": "amr"},
    "a person who acts for nobody": {"roles": (), "org": None, "realm": "public"},
    "the holder of something else": {"roles": (), "org": None, "realm": "public", "act_for": ["440310200002290003"]},
}


@pytest.fixture(scope="module")
async def permit(running: RunningService) -> License:
    return (await issue_license(running.given, issuer_of("amr"), issue_permit("STRANGER1"))).license


@pytest.mark.parametrize("who", STRANGERS)
async def test_nobody_else_downloads(
    running: RunningService, identity_tokens: TokenIssuer, permit: License, who: str
) -> None:
    given = dict(STRANGERS[who])
    roles = given.pop("roles")
    async with running.http(identity_tokens.bearer("e-license", *roles, **given)) as client:  # type: ignore[arg-type]
        for kind in ("pdf", "ofd", "png", "card"):
            answer = await client.get(f"/v1/licenses/{permit.license_id}/renditions/{kind}")
            assert (answer.status_code, answer.json()["code"]) == (403, "PLATFORM_FORBIDDEN")
    async with running.given.database.read() as tx:
        rendered = select(func.count()).where(
            record.c.subject == str(permit.license_id), record.c.act == "license.rendered"
        )
        assert (await tx.execute(rendered)).scalar_one() == 0


async def test_without_a_token(running: RunningService, permit: License) -> None:
    async with running.http() as client:
        assert (await client.get(f"/v1/licenses/{permit.license_id}/renditions/pdf")).status_code == 401
        files = {"file": ("x", b"x")}
        assert (await client.post("/v1/verifications/rendition", files=files, data={"purpose": "x"})).status_code == 401


async def test_who_may_not_verify_sends_no_file(running: RunningService, identity_tokens: TokenIssuer) -> None:
    async with running.http(identity_tokens.bearer("e-license", realm="public", org=None)) as client:
        answer = await client.post("/v1/verifications/rendition", files={"file": ("x", b"x")}, data={"purpose": "x"})
        assert answer.status_code == 403


async def test_unknown_licences_and_formats(
    running: RunningService, identity_tokens: TokenIssuer, permit: License
) -> None:
    async with running.http(identity_tokens.bearer("e-license", "issuer", org="amr")) as client:
        unknown = await client.get("/v1/licenses/01985b5e-0000-7000-8000-00000000ffff/renditions/pdf")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "E_LICENSE_NOT_FOUND")
        assert (await client.get(f"/v1/licenses/{permit.license_id}/renditions/docx")).status_code == 422


async def test_pages_refuse_the_same(running: RunningService, permit: License) -> None:
    async with running.pages(verifier("amr")) as browser:
        for path in ("renditions/pdf", "renditions/card", "card"):
            assert (await browser.get(f"/licenses/{permit.license_id}/{path}")).status_code == 403


async def test_nothing_of_the_holder_in_names_or_logs(
    running: RunningService, identity_tokens: TokenIssuer, permit: License, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running.http(identity_tokens.bearer("e-license", "issuer", org="amr")) as client:
        answer: httpx.Response = await client.get(f"/v1/licenses/{permit.license_id}/renditions/pdf")
    assert permit.holder.code not in str(answer.headers)
    assert "王小满" not in caplog.text
    assert permit.holder.code not in caplog.text
