"""Errors about sessions."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import SessionNotFound, SignInTooOld

ERRORS: ErrorTable = {
    SessionNotFound: ErrorRule(
        "IDENTITY_SESSION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这个登录，它可能已经结束。",
        "There is no such sign-in; it may have ended already.",
    ),
    SignInTooOld: ErrorRule(
        "IDENTITY_SIGN_IN_TOO_OLD",
        403,
        StatusCode.PERMISSION_DENIED,
        "这项操作需要您在 5 分钟内重新登录过。",
        "This needs a sign-in of the last 5 minutes.",
    ),
}
