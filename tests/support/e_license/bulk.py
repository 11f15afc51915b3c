"""Files of licences for the tests of bulk issues."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.check_bulk_issue import CheckBulkIssue, check_bulk_issue
from pingshan_e_license.usecases.issuing.run_bulk_issue import RunBulkIssue, run_bulk_issue
from pingshan_e_license.usecases.issuing.upload_bulk_issue import UploadBulkIssue, upload_bulk_issue
from pingshan_values.actor import Actor

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT

TYPE = "food-business-permit"
ROW = {
    "流水号": "B1",
    "持证主体名称": COMPANY_NAME,
    "持证主体代码": COMPANY_CODE,
    "代码类型": "001",
    "生效日期": "",
    "截止日期": "",
    "经营者名称": COMPANY_NAME,
    "统一社会信用代码": COMPANY_CODE,
    "法定代表人（负责人）": "王小满",
    "经营场所": "深圳市坪山区坪山街道坪山大道2007号",
    "主体业态": "餐饮服务经营者",
    "经营项目": "热食类食品制售\n冷食类食品制售",
}


def sheet(rows: Iterable[Mapping[str, str]], encoding: str = "gb18030") -> BinaryIO:
    """The rows as CSV; the heads are those of the first."""
    listed = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(listed[0]))
    writer.writeheader()
    writer.writerows(listed)
    return io.BytesIO(text.getvalue().encode(encoding))


def lines(objects: Iterable[Mapping[str, Any]]) -> BinaryIO:
    """The objects as JSON Lines."""
    return io.BytesIO("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode())


def an_object(serial_number: str, **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "serial_number": serial_number,
        "holder_name": COMPANY_NAME,
        "holder_code": COMPANY_CODE,
        "attributes": PERMIT,
    }
    return given | changed


async def upload(deps: Dependencies, actor: Actor, file: BinaryIO, request_id: UUID | None = None) -> UUID:
    command = UploadBulkIssue(request_id=request_id or uuid4(), type=TYPE, file_name="permits", file=file, goes_on=True)
    return await upload_bulk_issue(deps, actor, command)


async def work(deps: Dependencies, bulk_issue_id: UUID) -> None:
    """Does what the two jobs do."""
    await check_bulk_issue(deps, CheckBulkIssue(bulk_issue_id))
    await run_bulk_issue(deps, RunBulkIssue(bulk_issue_id))
