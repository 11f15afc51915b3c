"""Many licences at once: each answered as it would be alone, in order, and recorded as one use."""

import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import grpc
import httpx
import pytest
from openpyxl import Workbook, load_workbook
from pingshan.e_license.v1 import verification_pb2
from pingshan.e_license.v1.verification_pb2_grpc import VerificationServiceStub
from pingshan_e_license.domain.errors import BatchInvalid, NotAllowed, RequestInvalid
from pingshan_e_license.domain.verification.conclusion import Result
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_e_license.usecases.verification.verify_licenses import VerifyLicenses, verify_licenses
from pingshan_kit.storage.tables import record
from sqlalchemy import func, select

from tests.support.e_license.orders import holder_person, issue_permit, issuer_of, verifier
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

AMR = issuer_of("amr")
UNKNOWN = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


@pytest.fixture(scope="module")
async def identifiers(given: Dependencies) -> list[str]:
    found = [(await issue_license(given, AMR, issue_permit(f"B{uuid4().hex[:8].upper()}"))).license for _ in range(6)]
    await revoke_license(given, AMR, RevokeLicense(uuid4(), found[0].license_id, "停业", "食品安全法"))
    return [each.identifier for each in found]


async def test_as_one_by_one(given: Dependencies, identifiers: list[str]) -> None:
    asked = [*identifiers, UNKNOWN, "x", identifiers[0].lower(), identifiers[1]]
    together = await verify_licenses(given, AMR, VerifyLicenses(asked, "年检"))
    alone = [await verify_license(given, AMR, VerifyLicense(each, "年检")) for each in asked]
    assert [(a.result, a.state, a.found, [c.code for c in a.checks]) for a in together] == [
        (a.result, a.state, a.found, [c.code for c in a.checks]) for a in alone
    ]
    assert [each.result for each in together][:3] == [Result.NOT_VALID, Result.VALID, Result.VALID]
    assert [each.result for each in together][6:9] == [Result.UNKNOWN, Result.MALFORMED, Result.MALFORMED]


async def test_each_is_recorded_once(given: Dependencies, identifiers: list[str]) -> None:
    purpose = f"年检 {uuid4()}"
    asked = (identifiers * 400)[:2_300]
    answers = await verify_licenses(given, AMR, VerifyLicenses(asked, purpose))
    assert len(answers) == 2_300
    query = select(record.c.subject, func.count()).where(record.c.details["purpose"].astext == purpose)
    async with given.database.read() as tx:
        counted = dict(tuple(row) for row in await tx.execute(query.group_by(record.c.subject)))
    assert sum(counted.values()) == 2_300
    assert len(counted) == 6


async def test_refused(given: Dependencies, identifiers: list[str]) -> None:
    for asked in ([], identifiers[:1] * 10_001):
        with pytest.raises(BatchInvalid):
            await verify_licenses(given, AMR, VerifyLicenses(asked, "年检"))
    with pytest.raises(RequestInvalid):
        await verify_licenses(given, AMR, VerifyLicenses(identifiers, " "))
    with pytest.raises(NotAllowed):
        await verify_licenses(given, holder_person("x"), VerifyLicenses(identifiers, "年检"))


async def test_by_rest(running: RunningService, identifiers: list[str], identity_tokens: TokenIssuer) -> None:
    bearer = identity_tokens.bearer("e-license", "verifier", org="fire")
    async with running.http(bearer) as rest:
        body = {"identifiers": [*identifiers, "x"], "purpose": "年检"}
        found = (await rest.post("/v1/verifications/batch", json=body)).json()["verifications"]
        assert [each["identifier"] for each in found] == body["identifiers"]
        assert [each["result"] for each in found] == ["not_valid", *["valid"] * 5, "malformed"]
        assert found[0]["failed_checks"] == ["state"]
        assert (found[1]["license"]["agency"], found[-1]["license"]) == ("amr", None)
        many = await rest.post(
            "/v1/verifications/batch", json={"identifiers": (identifiers * 1_667)[:10_000], "purpose": "年检"}
        )
        assert len(many.json()["verifications"]) == 10_000
        refused = await rest.post("/v1/verifications/batch", json={"identifiers": [], "purpose": "年检"})
        assert (refused.status_code, refused.json()["code"]) == (422, "E_LICENSE_BATCH_INVALID")
        assert [each["path"] for each in refused.json()["violations"]] == ["identifiers"]


async def test_by_stream(anybody: grpc.aio.Channel, identifiers: list[str], identity_tokens: TokenIssuer) -> None:
    metadata = [("authorization", identity_tokens.bearer("e-license", "verifier", org="fire")["Authorization"])]

    async def asked(*lengths: int) -> AsyncIterator[verification_pb2.VerifyLicensesRequest]:
        for length in lengths:
            yield verification_pb2.VerifyLicensesRequest(identifiers=(identifiers * 200)[:length], purpose="年检")

    stub = VerificationServiceStub(anybody)
    counts = [len(each.verifications) async for each in stub.VerifyLicenses(asked(3, 1_000, 1), metadata=metadata)]
    assert counts == [3, 1_000, 1]
    [first] = [each async for each in stub.VerifyLicenses(asked(2), metadata=metadata)]
    assert [each.result for each in first.verifications] == [
        verification_pb2.VERIFICATION_RESULT_NOT_VALID,
        verification_pb2.VERIFICATION_RESULT_VALID,
    ]
    for lengths, credentials, code in (
        ((0,), metadata, grpc.StatusCode.INVALID_ARGUMENT),
        ((1_001,), metadata, grpc.StatusCode.INVALID_ARGUMENT),
        ((1,), [], grpc.StatusCode.UNAUTHENTICATED),
        (
            (1,),
            [("authorization", identity_tokens.bearer("e-license", org="fire")["Authorization"])],
            grpc.StatusCode.PERMISSION_DENIED,
        ),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            [each async for each in stub.VerifyLicenses(asked(*lengths), metadata=credentials)]
        assert error.value.code() is code


def xlsx(rows: list[list[str]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv_of(rows: list[list[str]], encoding: str) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)


def rows_of(answer: httpx.Response) -> list[list[str]]:
    if answer.headers["content-type"].startswith("text/csv"):
        return list(csv.reader(io.StringIO(answer.content.decode("gb18030"), newline="")))
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [[str(each or "") for each in row] for row in sheet.iter_rows(values_only=True)]


@asynccontextmanager
async def uploading(running: RunningService) -> AsyncIterator[Callable[..., Awaitable[httpx.Response]]]:
    async with running.pages(verifier("fire")) as browser:
        html = (await browser.get("/verify/batch")).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', html)
        assert found is not None

        async def upload(content: bytes, purpose: str = "年检", **more: str) -> httpx.Response:
            cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
            return await browser.client.post(
                "/verify/batch",
                data={"csrf_token": found[1], "purpose": purpose},
                files={"sheet": ("证照.xlsx", content)},
                headers={"Cookie": cookies, **more},
            )

        yield upload


@pytest.mark.parametrize("made", [xlsx, partial(csv_of, encoding="gb18030"), partial(csv_of, encoding="utf-8-sig")])
async def test_the_same_sheet_back(
    running: RunningService, identifiers: list[str], made: Callable[[list[list[str]]], bytes]
) -> None:
    """Leading zeros, 18 digits and rare characters stay; the identifiers may be typed as people do."""
    rows = [
        ["编号", "店名", "电子证照标识", "电话"],
        ["007", "䶮记餐饮", identifiers[1].lower(), "013800138000"],
        ["008", "+1", f" {identifiers[0]} ", "440310198502140001"],
        ["009", "空", "", ""],
        ["010", "错", "1.2.3", ""],
    ]
    async with uploading(running) as upload:
        answer = await upload(made(rows))
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
        back = rows_of(answer)
        assert [row[:1] for row in back] == [row[:1] for row in rows]
        assert back[0][4:] == ["核验结果", "说明", "证照", "有效期止"]
        assert (back[1][1], back[1][3], back[1][4], back[1][6]) == (
            "䶮记餐饮",
            "013800138000",
            "有效",
            "食品经营许可证",
        )
        assert (back[2][3], back[2][4]) == ("440310198502140001", "证照真实，但现在无效")
        assert "吊销" in back[2][5]
        assert back[3][4:] == [""] * 4
        assert back[4][4] == "标识不正确"


async def test_a_column_is_found_by_what_stands_in_it(running: RunningService, identifiers: list[str]) -> None:
    async with uploading(running) as upload:
        back = rows_of(await upload(csv_of([["a", "b"], ["x", identifiers[1]]], "utf-8"), **{"Accept-Language": "en"}))
        assert back[1][2] == "Valid"
        assert back[0][2] == "Result"


async def test_sheets_that_are_refused_in_words(running: RunningService, identifiers: list[str]) -> None:
    too_many = [["电子证照标识"], *[[identifiers[1]]] * 10_001]
    cases = [
        (b"", "没有数据行"),
        (b"PK\x03\x04 no archive", "不是 xlsx 或 CSV"),
        (b"\xff\xff\xff\x00", "不是 xlsx 或 CSV"),
        (csv_of([["店名"], ["x"]], "utf-8"), "没有找到标识这一列"),
        (csv_of([["电子证照标识", "x"], ["", "1"]], "utf-8"), "1 至 10000"),
        (csv_of(too_many, "utf-8"), "行太多"),
    ]
    async with uploading(running) as upload:
        for content, words in cases:
            answer = await upload(content)
            assert (answer.status_code, words in answer.text) == (422, True), words
            assert 'value="年检"' in answer.text
        no_purpose = await upload(csv_of([["电子证照标识"], [identifiers[1]]], "utf-8"), purpose=" ")
        assert no_purpose.status_code == 422
        assert "请说明核验用途" in no_purpose.text
