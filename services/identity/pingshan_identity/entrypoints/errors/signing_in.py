"""Signing in, second factors, sessions."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    BreachedPassword,
    LastFactor,
    NoSuchFactor,
    PasswordTooShort,
    SecondFactorRefused,
    SessionNotFound,
    SignInAttemptExpired,
    SignInBusy,
    SignInRefused,
    SignInThrottled,
    SignInTooOld,
    SmsCodeNotSent,
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
    SignInAttemptExpired: ErrorRule(
        "IDENTITY_SIGN_IN_ATTEMPT_EXPIRED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这次登录已经超时或结束，请重新登录。",
        "This sign-in has timed out or is over. Please sign in again.",
    ),
    SecondFactorRefused: ErrorRule(
        "IDENTITY_SECOND_FACTOR_REFUSED",
        401,
        StatusCode.UNAUTHENTICATED,
        "验证码不正确、已用过或已过期，请换一个新的再试。",
        "The code is wrong, used or too old. Please try a new one.",
    ),
    NoSuchFactor: ErrorRule(
        "IDENTITY_NO_SUCH_FACTOR",
        409,
        StatusCode.FAILED_PRECONDITION,
        "您没有登记这种验证方式。",
        "You have not registered this way of proving who you are.",
    ),
    SmsCodeNotSent: ErrorRule(
        "IDENTITY_SMS_CODE_NOT_SENT",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "短信发送过于频繁，请在 {retry_after} 秒后再试。刚才的验证码仍然有效。",
        "Too many messages to this number. Please try again in {retry_after} seconds; the last code still counts.",
    ),
    BreachedPassword: ErrorRule(
        "IDENTITY_PASSWORD_BREACHED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "这个密码出现在已泄露密码的名单中，请换一个。",
        "This password stands in lists of stolen passwords. Please choose another one.",
    ),
    PasswordTooShort: ErrorRule(
        "IDENTITY_PASSWORD_TOO_SHORT",
        422,
        StatusCode.INVALID_ARGUMENT,
        "密码至少需要 {length} 个字符。",
        "A password needs at least {length} characters.",
    ),
    SignInTooOld: ErrorRule(
        "IDENTITY_SIGN_IN_TOO_OLD",
        403,
        StatusCode.PERMISSION_DENIED,
        "这项操作需要您在 5 分钟内重新登录过。",
        "This needs a sign-in of the last 5 minutes.",
    ),
    LastFactor: ErrorRule(
        "IDENTITY_LAST_FACTOR",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这是您唯一的双因素验证方式，请先登记另一种再移除。",
        "This is your only second factor. Please register another one first.",
    ),
}
