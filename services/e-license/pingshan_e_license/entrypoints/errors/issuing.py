"""Errors of the topic issuing."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable
from pingshan_values.sheet import SheetUnreadable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.AttributesInvalid: ErrorRule(
        "E_LICENSE_ATTRIBUTES_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "证照内容有 {count} 处不符合要求。",
        "The licence's content has {count} violation(s) of its schema.",
    ),
    errors.HolderCodeInvalid: ErrorRule(
        "E_LICENSE_HOLDER_CODE_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "持证主体代码不正确。",
        "The holder's code is not correct.",
    ),
    errors.PeriodInvalid: ErrorRule(
        "E_LICENSE_PERIOD_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "有效期不正确。",
        "The period of validity is not correct.",
    ),
    errors.SerialTaken: ErrorRule(
        "E_LICENSE_SERIAL_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "流水号 {serial_number} 已用于这种证照的另一张，请换一个。",
        "The serial number {serial_number} belongs to another licence of this type; please use another one.",
    ),
    errors.PrerequisiteMissing: ErrorRule(
        "E_LICENSE_PREREQUISITE_MISSING",
        409,
        StatusCode.FAILED_PRECONDITION,
        "该主体还没有有效的{names_zh}，须先取得。",
        "The holder has no valid licence of: {names_en}. That must come first.",
    ),
    errors.BulkIssueNotFound: ErrorRule(
        "E_LICENSE_BULK_ISSUE_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这批证照，或它已经过了保存期。",
        "There is no such bulk issue, or its time of keeping is over.",
    ),
    errors.BulkIssueNotOpen: ErrorRule(
        "E_LICENSE_BULK_ISSUE_NOT_OPEN",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这一批现在不能这样办理：它还在核对，或已经结束、已停止，或没有一行可以颁发。",
        "This cannot be done now: it is still being checked, has ended or was stopped, or has no row fit to be issued.",
    ),
    SheetUnreadable: ErrorRule(
        "E_LICENSE_FILE_UNREADABLE",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不能读取这个文件（{why}）。请用模板的表头，存为 CSV（GB 18030，或带 BOM 的 UTF-8）、xlsx 或 JSON Lines。",
        "This file cannot be read ({why}). Please keep the template's heads, as CSV (GB 18030, or UTF-8 with a BOM), "
        "xlsx or JSON Lines.",
    ),
    errors.IssuerKeyNotFound: ErrorRule(
        "E_LICENSE_ISSUER_KEY_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这把签名密钥。",
        "There is no such signing key.",
    ),
    errors.IssuerKeyRevoked: ErrorRule(
        "E_LICENSE_ISSUER_KEY_REVOKED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这把密钥已经作废，以先前的日期为准。",
        "This key was revoked before; the earlier date counts.",
    ),
}
