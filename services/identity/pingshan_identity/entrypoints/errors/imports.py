"""Errors about imports of staff from sheets."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable
from pingshan_values.sheet import SheetUnreadable

from pingshan_identity.domain.errors import ImportNotFound

ERRORS: ErrorTable = {
    ImportNotFound: ErrorRule(
        "IDENTITY_IMPORT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这次导入，或它已经处理过。",
        "There is no such import, or it was dealt with before.",
    ),
    SheetUnreadable: ErrorRule(
        "IDENTITY_SHEET_UNREADABLE",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不能读取这个表格。请使用模板（xlsx 或 GB 18030 编码的 CSV），保留表头，不含公式和宏，最多 5000 行。",
        "This sheet cannot be read. Please use the template (xlsx, or CSV in GB 18030) and keep its heads; formulas, "
        "macros and more than 5,000 rows are refused.",
    ),
}
