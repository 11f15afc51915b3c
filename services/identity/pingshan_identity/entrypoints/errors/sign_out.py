"""Errors about sign-outs and their receipts."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import ReceiptRefused, SignOutNotFound

ERRORS: ErrorTable = {
    SignOutNotFound: ErrorRule(
        "IDENTITY_SIGN_OUT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这次退出，或者您不能查看它。",
        "There is no such sign-out, or it is not yours to see.",
    ),
    ReceiptRefused: ErrorRule(
        "IDENTITY_RECEIPT_REFUSED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "这不是本平台签发的退出回执，或者内容被改动过。",
        "This is no sign-out receipt of this platform, or it was changed.",
    ),
}
