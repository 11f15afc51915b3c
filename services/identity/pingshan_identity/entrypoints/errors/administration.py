"""What administrators are refused."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import AdministratorRequired

ERRORS: ErrorTable = {
    AdministratorRequired: ErrorRule(
        "IDENTITY_ADMINISTRATOR_REQUIRED",
        403,
        StatusCode.PERMISSION_DENIED,
        "这项操作由另一类管理员负责。系统、安全、审计三类管理员的权限相互分开。",
        "This belongs to an administrator of another kind: system, security and audit are kept apart.",
    ),
}
