"""Passkeys."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import PasskeyNotFound, PasskeyRefused

ERRORS: ErrorTable = {
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
