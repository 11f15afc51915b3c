"""Errors of the topic transparency."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.LogIsEmpty: ErrorRule(
        "E_LICENSE_LOG_IS_EMPTY",
        404,
        StatusCode.NOT_FOUND,
        "透明日志还没有检查点。",
        "The transparency log has no checkpoint yet.",
    ),
    errors.LogEntryNotFound: ErrorRule(
        "E_LICENSE_LOG_ENTRY_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "透明日志中没有这条记录。",
        "The transparency log has no such entry.",
    ),
    errors.LogEntryPending: ErrorRule(
        "E_LICENSE_LOG_ENTRY_PENDING",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这条记录已写入，几秒后有证明，请稍后再试。",
        "The entry is kept and has its proof in a few seconds; please try again.",
    ),
    errors.StatusListNotFound: ErrorRule(
        "E_LICENSE_STATUS_LIST_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这份状态列表。",
        "There is no such status list.",
    ),
}
