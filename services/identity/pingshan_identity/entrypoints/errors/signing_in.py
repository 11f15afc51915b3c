"""Signing in, second factors, sessions."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    SessionNotFound,
    SignInBusy,
    SignInRefused,
    SignInThrottled,
)

ERRORS: ErrorTable = {
    SessionNotFound: ErrorRule(
        "IDENTITY_SESSION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这个登录，它可能已经结束。",
        "There is no such sign-in; it may have ended already.",
    ),
    SignInRefused: ErrorRule(
        "IDENTITY_SIGN_IN_REFUSED",
        401,
        StatusCode.UNAUTHENTICATED,
        "账号或密码不正确。",
        "The name or the password is wrong.",
    ),
    SignInThrottled: ErrorRule(
        "IDENTITY_SIGN_IN_THROTTLED",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "尝试次数过多，请在 {retry_after} 秒后再试。账号没有被锁定。",
        "Too many attempts. Please try again in {retry_after} seconds; the account is not locked.",
    ),
    SignInBusy: ErrorRule(
        "IDENTITY_SIGN_IN_BUSY",
        503,
        StatusCode.UNAVAILABLE,
        "登录的人较多，请在 {retry_after} 秒后再试。",
        "Many people are signing in. Please try again in {retry_after} seconds.",
    ),
}
