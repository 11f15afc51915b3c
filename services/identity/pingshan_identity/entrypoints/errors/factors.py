"""Errors about passwords, passkeys and second factors."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    BreachedPassword,
    FactorsOutOfReach,
    LastFactor,
    NoSuchFactor,
    PasskeyNotFound,
    PasskeyRefused,
    PasswordTooShort,
    SamePassword,
    SecondFactorRefused,
)

ERRORS: ErrorTable = {
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
    SamePassword: ErrorRule(
        "IDENTITY_PASSWORD_UNCHANGED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "新密码不能与现在的密码相同，请换一个。",
        "The new password is the present one. Please choose another one.",
    ),
    FactorsOutOfReach: ErrorRule(
        "IDENTITY_FACTORS_OUT_OF_REACH",
        403,
        StatusCode.PERMISSION_DENIED,
        "您有更高强度的通行密钥：添加或移除登录方式，请先用它验证（L{level}）。",
        "You have a passkey of a higher level: prove it first (L{level}) to add or remove ways to sign in.",
    ),
    LastFactor: ErrorRule(
        "IDENTITY_LAST_FACTOR",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这是您唯一的双因素验证方式，请先登记另一种再移除。",
        "This is your only second factor. Please register another one first.",
    ),
    PasskeyRefused: ErrorRule(
        "IDENTITY_PASSKEY_REFUSED",
        401,
        StatusCode.UNAUTHENTICATED,
        "这把通行密钥没有通过验证，请再试一次，或改用其他方式登录。",
        "This passkey was not accepted. Please try again, or sign in another way.",
    ),
    PasskeyNotFound: ErrorRule(
        "IDENTITY_PASSKEY_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这把通行密钥，它可能已经移除。",
        "There is no such passkey; it may have been removed already.",
    ),
}
