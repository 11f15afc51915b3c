"""A file of licences: good rows land once, bad ones are told, whatever breaks off in between."""

import asyncio
import io
from uuid import UUID, uuid4

import pytest
from pingshan_e_license.domain.errors import BulkIssueNotOpen, LicenseTypeNotOurs, NotAllowed
from pingshan_e_license.domain.issuing.bulk_issue import BulkState
from pingshan_e_license.store.tables import bulk_issue_row, license_
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing import run_bulk_issue as running_module
from pingshan_e_license.usecases.issuing.check_bulk_issue import CheckBulkIssue, check_bulk_issue
from pingshan_e_license.usecases.issuing.decide_bulk_issue import (
    CancelBulkIssue,
    StartBulkIssue,
    cancel_bulk_issue,
    start_bulk_issue,
)
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.issuing.read_bulk_issue import BulkIssueView, read_bulk_issue
from pingshan_e_license.usecases.issuing.run_bulk_issue import RunBulkIssue, run_bulk_issue
from pingshan_e_license.usecases.issuing.upload_bulk_issue import UploadBulkIssue, upload_bulk_issue
from pingshan_kit.errors import RequestIdReused
from pingshan_kit.storage.tables import outbox
from pingshan_values.sheet import SheetUnreadable
from sqlalchemy import func, select

from tests.support.e_license.bulk import ROW, TYPE, an_object, lines, sheet, upload, work
from tests.support.e_license.orders import COMPANY_CODE, issue_permit, issuer_of, verifier

AMR = issuer_of("amr")


async def seen(given: Dependencies, bulk_issue_id: UUID) -> BulkIssueView:
    return await read_bulk_issue(given, AMR, bulk_issue_id=bulk_issue_id)


async def issued_count(given: Dependencies, prefix: str) -> int:
    async with given.database.read() as tx:
        query = select(func.count()).where(license_.c.serial_number.startswith(prefix))
        return int((await tx.execute(query)).scalar_one())


async def test_good_rows_are_issued_and_bad_ones_are_told(given: Dependencies) -> None:
    rows = [
        ROW | {"流水号": "BA1"},
        ROW | {"流水号": "ba-2"},
        ROW | {"流水号": "BA3", "生效日期": "2026-13-01"},
        ROW | {"流水号": "BA4", "持证主体代码": COMPANY_CODE[:-1] + "0"},
        ROW | {"流水号": "BA5", "经营场所": ""},
        ROW | {"流水号": "BA6"},
    ]
    bulk_issue_id = await upload(given, AMR, sheet(rows))
    await work(given, bulk_issue_id)
    view = await seen(given, bulk_issue_id)
    found = view.found
    assert (found.state, found.rows, found.good, found.issued, found.refused) == (BulkState.ENDED, 6, 2, 2, 4)
    assert {row.line for row in view.refused.items} == {3, 4, 5, 6}
    assert await issued_count(given, "BA") == 2
    async with given.database.read() as tx:
        told = select(func.count()).select_from(outbox).where(outbox.c.subject == "e-license.license.issued.v1")
        assert (await tx.execute(told)).scalar_one() >= 2


async def test_the_same_file_again_issues_nothing_again(given: Dependencies) -> None:
    rows = [ROW | {"流水号": f"BB{number}"} for number in range(30)]
    first = await upload(given, AMR, sheet(rows))
    await work(given, first)
    second = await upload(given, AMR, sheet(rows, "utf-8-sig"))
    await work(given, second)
    assert second != first
    assert (await seen(given, second)).found.issued == 30
    assert await issued_count(given, "BB") == 30


async def test_a_serial_number_of_another_licence_is_refused_and_one_twice_in_the_file_too(given: Dependencies) -> None:
    await issue_license(given, AMR, issue_permit("BC1"))
    rows = [
        an_object("BC1", holder_name="别的公司"),
        an_object("BC2"),
        an_object("BC2"),
        an_object("BC2", holder_name="又一家公司"),
    ]
    bulk_issue_id = await upload(given, AMR, lines(rows))
    await work(given, bulk_issue_id)
    view = await seen(given, bulk_issue_id)
    assert (view.found.issued, view.found.refused) == (2, 2)  # the same content twice is the same licence
    assert [row.line for row in view.refused.items] == [1, 4]
    assert await issued_count(given, "BC") == 2


async def test_a_missing_prerequisite_refuses_the_row_only(given: Dependencies) -> None:
    other = "91440310TEXT100114"
    rows = [an_object("BD1", holder_code=other), an_object("BD2")]
    bulk_issue_id = await upload(given, AMR, lines(rows))
    await work(given, bulk_issue_id)
    found = (await seen(given, bulk_issue_id)).found
    assert (found.issued, found.refused) == (1, 1)


async def test_a_run_that_breaks_off_goes_on_where_it_was(given: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [an_object(f"BE{number}") for number in range(25)]
    bulk_issue_id = await upload(given, AMR, lines(rows))
    await check_bulk_issue(given, CheckBulkIssue(bulk_issue_id))
    monkeypatch.setattr(running_module, "_PIECE", 10)
    write, calls = running_module.write_issued, 0

    async def broken(*args: object) -> object:
        nonlocal calls
        calls += 1
        written = await write(*args)  # type: ignore[arg-type]
        if calls == 2:
            raise ConnectionError
        return written

    monkeypatch.setattr(running_module, "write_issued", broken)
    with pytest.raises(ConnectionError):
        await run_bulk_issue(given, RunBulkIssue(bulk_issue_id))
    assert await issued_count(given, "BE") == 10
    await run_bulk_issue(given, RunBulkIssue(bulk_issue_id))
    assert (await seen(given, bulk_issue_id)).found.issued == 25
    assert await issued_count(given, "BE") == 25


async def test_two_runs_at_once_issue_each_row_once(given: Dependencies) -> None:
    rows = [an_object(f"BF{number}") for number in range(20)]
    bulk_issue_id = await upload(given, AMR, lines(rows))
    await check_bulk_issue(given, CheckBulkIssue(bulk_issue_id))
    await asyncio.gather(*(run_bulk_issue(given, RunBulkIssue(bulk_issue_id)) for _ in range(2)))
    assert (await seen(given, bulk_issue_id)).found.issued == 20
    assert await issued_count(given, "BF") == 20


async def test_it_waits_for_the_order_and_can_be_stopped(given: Dependencies) -> None:
    command = UploadBulkIssue(request_id=uuid4(), type=TYPE, file_name="p", file=lines([an_object("BG1")]))
    bulk_issue_id = await upload_bulk_issue(given, AMR, command)
    with pytest.raises(BulkIssueNotOpen):
        await start_bulk_issue(given, AMR, StartBulkIssue(bulk_issue_id))
    await check_bulk_issue(given, CheckBulkIssue(bulk_issue_id))
    await run_bulk_issue(given, RunBulkIssue(bulk_issue_id))
    assert await issued_count(given, "BG") == 0
    await cancel_bulk_issue(given, AMR, CancelBulkIssue(bulk_issue_id))
    await cancel_bulk_issue(given, AMR, CancelBulkIssue(bulk_issue_id))
    with pytest.raises(BulkIssueNotOpen):
        await start_bulk_issue(given, AMR, StartBulkIssue(bulk_issue_id))
    await run_bulk_issue(given, RunBulkIssue(bulk_issue_id))
    assert await issued_count(given, "BG") == 0


async def test_one_that_is_stopped_while_it_issues_keeps_what_is_issued(
    given: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_issue_id = await upload(given, AMR, lines([an_object(f"BH{number}") for number in range(12)]))
    await check_bulk_issue(given, CheckBulkIssue(bulk_issue_id))
    monkeypatch.setattr(running_module, "_PIECE", 5)
    assert await running_module.issue_some(given, bulk_issue_id)
    await cancel_bulk_issue(given, AMR, CancelBulkIssue(bulk_issue_id))
    await run_bulk_issue(given, RunBulkIssue(bulk_issue_id))
    found = (await seen(given, bulk_issue_id)).found
    assert (found.state, found.issued) == (BulkState.CANCELLED, 5)
    assert await issued_count(given, "BH") == 5


async def test_the_same_request_gives_the_same_bulk_issue(given: Dependencies) -> None:
    request_id, rows = uuid4(), [an_object("BI1")]
    first = await upload(given, AMR, lines(rows), request_id)
    assert await upload(given, AMR, lines(rows), request_id) == first
    with pytest.raises(RequestIdReused):
        await upload(given, AMR, lines([an_object("BI2")]), request_id)


async def test_who_may_not_issue_the_type_uploads_nothing(given: Dependencies) -> None:
    for actor, refused in ((issuer_of("health"), LicenseTypeNotOurs), (verifier("amr"), NotAllowed)):
        with pytest.raises(refused):
            await upload(given, actor, lines([an_object("BJ1")]))
    bulk_issue_id = await upload(given, AMR, lines([an_object("BJ1")]))
    for actor, refused in ((issuer_of("health"), LicenseTypeNotOurs), (verifier("amr"), NotAllowed)):
        with pytest.raises(refused):
            await read_bulk_issue(given, actor, bulk_issue_id=bulk_issue_id)
        with pytest.raises(refused):
            await cancel_bulk_issue(given, actor, CancelBulkIssue(bulk_issue_id))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        ("流水号,持证主体名称\n".encode("gb18030"), "columns"),
        (sheet([ROW]).read().splitlines()[0] + b"\n", "empty"),
        (sheet([ROW | {"颜色": "红"}]).read(), "unknown-columns"),
        (b"\xff\xfe\x81", "not-a-sheet"),
        (b"PK\x03\x04broken", "not-a-sheet"),
        (b"{" + b"a" * 20_000 + b"\n", "too-long"),
    ],
)
async def test_what_is_no_such_file_is_refused_and_leaves_nothing(
    given: Dependencies, content: bytes, why: str
) -> None:
    async def kept() -> int:
        async with given.database.read() as tx:
            return int((await tx.execute(select(func.count()).select_from(bulk_issue_row))).scalar_one())

    before = await kept()
    with pytest.raises(SheetUnreadable) as refused:
        await upload(given, AMR, io.BytesIO(content))
    assert refused.value.params["why"] == why
    assert await kept() == before
