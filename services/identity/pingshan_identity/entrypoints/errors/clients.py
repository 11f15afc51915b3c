"""Errors about connected systems."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    ClientDisabled,
    ClientMissing,
    ClientUnknown,
    InitialTokenNotFound,
    LevelTooLow,
    RealNameTooLow,
    SystemNotOpen,
)

ERRORS: ErrorTable = {
    ClientMissing: ErrorRule(
        "IDENTITY_CLIENT_MISSING",
        400,
        StatusCode.INVALID_ARGUMENT,
        "登录请求没有说明是哪个系统（client_id），因此没有继续。请回到要打开的系统重新登录；如果再次出现，请联系其管理单位。",
        "The request does not say which system it is from (client_id), so we did not go on. Please go back to the "
        "system and sign in again; if this page comes again, please tell its owner.",
    ),
    ClientUnknown: ErrorRule(
        "IDENTITY_CLIENT_UNKNOWN",
        400,
        StatusCode.INVALID_ARGUMENT,
        "要登录的系统没有在统一身份认证登记，因此没有继续。请联系该系统的管理单位。",
        "The system that asks for this sign-in is not registered, so we did not go on. Please tell its owner.",
    ),
    ClientDisabled: ErrorRule(
        "IDENTITY_CLIENT_DISABLED",
        403,
        StatusCode.FAILED_PRECONDITION,
        "“{name_zh}”的登录已被停用，因此没有继续。请联系该系统的管理单位。",
        "Signing in to {name_en} has been switched off, so we did not go on. Please ask its owner.",
    ),
    InitialTokenNotFound: ErrorRule(
        "IDENTITY_INITIAL_TOKEN_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这个初始访问令牌，它可能已经用完、过期或收回。",
        "There is no such initial access token; it may be used up, expired or withdrawn.",
    ),
    SystemNotOpen: ErrorRule(
        "IDENTITY_SYSTEM_NOT_OPEN",
        403,
        StatusCode.PERMISSION_DENIED,
        "这个系统没有向您的岗位开放。",
        "This system is not open to your posts.",
    ),
    LevelTooLow: ErrorRule(
        "IDENTITY_LEVEL_TOO_LOW",
        403,
        StatusCode.PERMISSION_DENIED,
        "这个系统要求更高的登录强度（L{level}）。",
        "This system asks for a higher level of sign-in (L{level}).",
    ),
    RealNameTooLow: ErrorRule(
        "IDENTITY_REAL_NAME_TOO_LOW",
        403,
        StatusCode.PERMISSION_DENIED,
        "这个系统只向已实名的人开放。请先在“我的账户”里完成实名认证。",
        "This system is open to people whose name is proven. Please prove yours under 'My account' first.",
    ),
}
