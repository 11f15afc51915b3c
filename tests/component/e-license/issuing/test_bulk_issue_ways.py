"""Bulk issues by page, REST and gRPC."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import bulk_issue_pb2
from pingshan.e_license.v1.license_pb2_grpc import LicenseServiceStub
from pingshan_kit import sheets

from tests.support.e_license.bulk import ROW, TYPE, an_object, lines, sheet, work
from tests.support.e_license.orders import PERMIT, issuer_of, verifier
from tests.support.e_license.service import Browser, RunningService
from tests.support.sheets import read_sheet
from tests.support.tokens import TokenIssuer

BULK = "/workspace/bulk"


@pytest.fixture
async def clerk(running: RunningService) -> AsyncIterator[Browser]:
    async with running.pages(issuer_of("amr")) as browser:
        yield browser


async def upload(browser: Browser, content: bytes, name: str = "permits.csv") -> httpx.Response:
    html = (await browser.get(BULK)).text
    hidden = {name: re.findall(rf'name="{name}" value="([^"]+)"', html)[0] for name in ("csrf_token", "request_id")}
    answer = await browser.client.post(
        BULK,
        data={**hidden, "type": TYPE},
        files={"file": (name, content)},
        headers={"Cookie": "; ".join(f"{key}={value}" for key, value in browser.cookies.items())},
    )
    browser.html = answer.text or browser.html
    return answer


async def test_a_clerk_uploads_looks_orders_and_gets_the_bad_rows_back(clerk: Browser, running: RunningService) -> None:
    rows = [ROW | {"流水号": "WA1"}, ROW | {"流水号": "WA2", "经营场所": ""}]
    answer = await upload(clerk, sheet(rows).read())
    assert answer.status_code == 303, answer.text
    here = answer.headers["location"]
    assert "正在核对" in (await clerk.get(here)).text
    await work(running.given, UUID(here.rpartition("/")[2]))
    html = (await clerk.get(here)).text
    assert "颁发 1 张" in html
    assert "经营场所" in html
    back = await clerk.get(f"{here}/refused.csv")
    kept = read_sheet(back.content)
    assert [row[0] for row in kept] == ["流水号", "WA2"]
    assert kept[1][-1].startswith("经营场所：")
    await clerk.get(here)
    assert (await clerk.post(f"{here}/start")).headers["location"] == here
    await work(running.given, UUID(here.rpartition("/")[2]))
    assert "已办完" in (await clerk.get(here)).text
    mended = [[*kept[0]], [cell or "坪山大道1号" for cell in kept[1]]]
    mended[1][kept[0].index("生效日期")] = mended[1][kept[0].index("截止日期")] = ""
    again = await upload(clerk, sheets.write(mended, "csv"))
    assert again.status_code == 303, again.text


async def test_a_file_that_cannot_be_read_says_why_and_offers_the_template(clerk: Browser) -> None:
    answer = await upload(clerk, "流水号,颜色\nA1,红\n".encode("gb18030"))
    assert answer.status_code == 422
    assert "缺少这些列" in answer.text
    template = await clerk.get(f"{BULK}/template/{TYPE}.csv")
    assert "流水号" in template.content.decode("gb18030")


async def test_who_does_not_issue_finds_no_page(running: RunningService) -> None:
    async with running.pages(verifier("amr")) as browser:
        assert (await browser.get(BULK)).status_code == 403
    async with running.pages(issuer_of("health")) as browser:
        assert (await browser.get(f"{BULK}/{uuid4()}")).status_code == 404


async def test_by_rest(running: RunningService, identity_tokens: TokenIssuer) -> None:
    async with running.http(identity_tokens.bearer("e-license", "issuer", org="amr")) as client:
        key = {"Idempotency-Key": str(uuid4())}
        content = lines([an_object("WB1"), an_object("WB2", effective_on="soon")]).read()
        asked = f"/v1/bulk-issues?type={TYPE}&issue=true"
        taken = await client.post(asked, content=content, headers=key)
        assert taken.status_code == 202, taken.text
        assert (await client.post(asked, content=content, headers=key)).json() == taken.json()
        here = f"/v1/bulk-issues/{taken.json()['bulk_issue_id']}"
        await work(running.given, UUID(taken.json()["bulk_issue_id"]))
        done = (await client.get(here)).json()
        assert (done["state"], done["issued"], done["refused"]) == ("ended", 1, 1)
        assert [(row["line"], row["faults"][0]["path"]) for row in done["refused_rows"]] == [(2, "effective_on")]
        late = await client.post(f"{here}/cancellation", headers={"Idempotency-Key": str(uuid4())})
        assert (late.status_code, late.json()["code"]) == (409, "E_LICENSE_BULK_ISSUE_NOT_OPEN")
        bad = await client.post(asked, content=b"x,y\n1,2\n", headers={"Idempotency-Key": str(uuid4())})
        assert (bad.status_code, bad.json()["code"]) == (422, "E_LICENSE_FILE_UNREADABLE")


def metadata_of(tokens: TokenIssuer) -> list[tuple[str, str]]:
    [(name, value)] = tokens.bearer("e-license", "issuer", org="amr").items()
    return [(name.lower(), value)]


def messages(request_id: str, serial_numbers: list[str], **changed: Any) -> Iterator[Any]:
    attributes = Struct()
    attributes.update(PERMIT)
    for number, serial_number in enumerate(serial_numbers):
        given = {key: value for key, value in an_object(serial_number).items() if key != "attributes"}
        row = bulk_issue_pb2.BulkIssueRow(**given, attributes=attributes)
        first = {"request_id": request_id, "type": TYPE, "issue": True} | changed if number == 0 else {}
        yield bulk_issue_pb2.BulkIssueLicensesRequest(**first, rows=[row])


async def test_by_a_stream(running: RunningService, anybody: grpc.aio.Channel, identity_tokens: TokenIssuer) -> None:
    stub, request_id = LicenseServiceStub(anybody), str(uuid4())
    token = metadata_of(identity_tokens)
    taken = await stub.BulkIssueLicenses(messages(request_id, ["WC1", "WC2", "bad-"]), metadata=token)
    again = await stub.BulkIssueLicenses(messages(request_id, ["WC1", "WC2", "bad-"]), metadata=token)
    bulk_issue_id = taken.bulk_issue.bulk_issue_id
    assert again.bulk_issue.bulk_issue_id == bulk_issue_id
    await work(running.given, UUID(bulk_issue_id))
    asked = bulk_issue_pb2.GetBulkIssueRequest(bulk_issue_id=bulk_issue_id)
    done = await stub.GetBulkIssue(asked, metadata=token)
    assert (done.bulk_issue.state, done.bulk_issue.issued) == (bulk_issue_pb2.BULK_ISSUE_STATE_ENDED, 2)
    assert [(row.line, row.faults[0].path) for row in done.refused_rows] == [(3, "serial_number")]


async def test_a_stream_that_breaks_off_issues_nothing(anybody: grpc.aio.Channel, identity_tokens: TokenIssuer) -> None:
    async def endless() -> AsyncIterator[Any]:
        for message in messages(str(uuid4()), ["WD1"]):
            yield message
        await asyncio.sleep(60)

    token = metadata_of(identity_tokens)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await LicenseServiceStub(anybody).BulkIssueLicenses(endless(), metadata=token, timeout=1)
    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("request_id", ["", "x"])
async def test_a_stream_without_a_request_id_is_refused(
    anybody: grpc.aio.Channel, identity_tokens: TokenIssuer, request_id: str
) -> None:
    token = metadata_of(identity_tokens)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await LicenseServiceStub(anybody).BulkIssueLicenses(messages(request_id, ["WE1"]), metadata=token)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_stream_of_nobody_is_refused(anybody: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await LicenseServiceStub(anybody).BulkIssueLicenses(messages(str(uuid4()), ["WF1"]))
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
