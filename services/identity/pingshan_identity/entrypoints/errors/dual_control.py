"""Errors about acts of administrators and dual control."""

from grpc import StatusCode
from pingshan_kit.errors import INVALID_REQUEST, ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    AdministratorRequired,
    ChangeNotFound,
    ChangeOwn,
    ReasonRequired,
    RequestInvalid,
)

ERRORS: ErrorTable = {
    RequestInvalid: INVALID_REQUEST,
    AdministratorRequired: ErrorRule(
        "IDENTITY_ADMINISTRATOR_REQUIRED",
        403,
        StatusCode.PERMISSION_DENIED,
        "这项操作由另一类管理员负责。系统、安全、审计三类管理员的权限相互分开。",
        "This belongs to an administrator of another kind: system, security and audit are kept apart.",
    ),
    ChangeNotFound: ErrorRule(
        "IDENTITY_CHANGE_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这项申请，或它已经有人处理、已经过期。",
        "There is no such proposal, or it was decided or has lapsed.",
    ),
    ChangeOwn: ErrorRule(
        "IDENTITY_CHANGE_OWN",
        403,
        StatusCode.PERMISSION_DENIED,
        "不能审批自己提出的申请，请由另一位管理员审批。",
        "Nobody decides their own proposal. Another administrator must.",
    ),
    ReasonRequired: ErrorRule(
        "IDENTITY_REASON_REQUIRED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请填写原因，它会记入审计记录。",
        "A reason is needed; it is kept in the record.",
    ),
}
