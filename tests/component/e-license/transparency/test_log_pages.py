"""The pages of the log: for everybody the log and a check of a proof, for whoever may read a licence its entries."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.transparency.sequence_entries import sequence_entries

from tests.support.e_license.orders import COMPANY_CODE, holder_person, issue_permit, issuer_of
from tests.support.e_license.service import Browser, RunningService
from tests.support.platform import TestPlatform

AMR = issuer_of("amr")


@pytest.fixture(scope="module")
async def license_id(running: RunningService) -> str:
    issued = await issue_license(running.given, AMR, issue_permit("LP1"))
    while await sequence_entries(running.given):
        pass
    return str(issued.license.license_id)


@pytest.fixture
async def anybody(running: RunningService, license_id: str) -> AsyncIterator[Browser]:
    async with running.pages() as browser:
        yield browser


@pytest.fixture
async def holder(running: RunningService, license_id: str) -> AsyncIterator[Browser]:
    async with running.pages(holder_person(COMPANY_CODE)) as browser:
        yield browser


async def document(holder: Browser, license_id: str) -> dict[str, Any]:
    page = await holder.get(f"/licenses/{license_id}/log")
    assert page.status_code == 200
    address = page.text.partition(f'href="/licenses/{license_id}/log/')[2].partition('"')[0]
    answer = await holder.get(f"/licenses/{license_id}/log/{address}")
    assert answer.headers["content-disposition"].startswith("attachment")
    return dict(answer.json())


async def test_the_log_is_shown_to_everybody(anybody: Browser, running: RunningService) -> None:
    page = await anybody.get("/log")
    assert page.status_code == 200
    assert str(running.given.log_signer.key) in page.text.replace("&#43;", "+")
    assert "最新检查点" in page.text
    assert "Newest checkpoint" in (await anybody.get("/log?language=en")).text
    assert 'href="/log"' in (await anybody.get("/")).text


async def test_a_holder_downloads_a_proof_and_anybody_checks_it(
    anybody: Browser, holder: Browser, license_id: str
) -> None:
    proof = await document(holder, license_id)
    assert proof["opening"]["content"]["license_id"] == license_id
    await anybody.get("/log")
    answer = await anybody.post("/log", document=json.dumps(proof))
    assert answer.status_code == 200
    assert "证明有效" in answer.text
    assert license_id in answer.text


async def test_a_changed_proof_and_one_of_another_log_are_told_apart(
    anybody: Browser, holder: Browser, license_id: str
) -> None:
    proof = await document(holder, license_id)
    await anybody.get("/log")
    changed = proof | {"opening": {**proof["opening"], "content": {"standing": "revoked"}}}
    answer = await anybody.post("/log", document=json.dumps(changed))
    assert "证明无效" in answer.text
    assert "revoked" not in answer.text.partition("<form")[0]
    await anybody.get("/log")
    foreign = proof | {"checkpoint": proof["checkpoint"].replace("localhost", "elsewhere")}
    assert "不是本日志签名的" in (await anybody.post("/log", document=json.dumps(foreign))).text


@pytest.mark.parametrize("text", ["", "{}", "[]", "nothing", "{" * 500, '{"leaf":1e999}', "x" * 30_000])
async def test_what_is_no_proof_comes_back_with_a_sentence(anybody: Browser, text: str) -> None:
    await anybody.get("/log")
    answer = await anybody.post("/log", document=text)
    assert answer.status_code == 422
    assert "这不是证明文件" in answer.text


async def test_who_may_not_read_the_licence_does_not_see_its_entries(
    running: RunningService, anybody: Browser, license_id: str
) -> None:
    assert (await anybody.get(f"/licenses/{license_id}/log")).status_code in (302, 303, 307)
    async with running.pages(issuer_of("health")) as other:
        assert (await other.get(f"/licenses/{license_id}/log")).status_code == 403
        assert (await other.get(f"/licenses/{license_id}/log/{uuid4()}")).status_code == 403
    async with running.pages(AMR) as agency:
        assert (await agency.get(f"/licenses/{license_id}/log")).status_code == 200
        assert (await agency.get(f"/licenses/{license_id}/log/{uuid4()}")).status_code == 404
        assert (await agency.get("/licenses/nothing/log")).status_code == 404


async def test_an_empty_log_and_a_young_entry_say_so(running: RunningService, platform: TestPlatform) -> None:
    issued = await issue_license(running.given, AMR, issue_permit("LP2"))
    async with running.pages(AMR) as agency:
        page = await agency.get(f"/licenses/{issued.license.license_id}/log")
    assert "几秒后有证明" in page.text
