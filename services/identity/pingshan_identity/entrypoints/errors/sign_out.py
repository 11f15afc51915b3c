"""Errors about sign-outs and their receipts."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    PostLogoutRedirectUriMismatch,
    ReceiptRefused,
    SignOutClientMismatch,
    SignOutNotFound,
    SignOutRequestInvalid,
)

ERRORS: ErrorTable = {
    SignOutNotFound: ErrorRule(
        "IDENTITY_SIGN_OUT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这次退出，或者您不能查看它。",
        "There is no such sign-out, or it is not yours to see.",
    ),
    SignOutRequestInvalid: ErrorRule(
        "IDENTITY_SIGN_OUT_REQUEST_INVALID",
        400,
        StatusCode.INVALID_ARGUMENT,
        "系统发来的退出请求有误（{why}），因此没有退出。需要退出时，请点下面的按钮。",
        "The sign-out request of the system is wrong ({why}), so you are not signed out. To sign out, use the button "
        "below.",
    ),
    SignOutClientMismatch: ErrorRule(
        "IDENTITY_SIGN_OUT_CLIENT_MISMATCH",
        400,
        StatusCode.INVALID_ARGUMENT,
        "退出请求里的系统（client_id）不是登录凭据（id_token_hint）所属的系统，因此没有退出。需要退出时，请点下面的按钮。",
        "The sign-out request names another system (client_id) than the one that its token (id_token_hint) was issued "
        "to, so you are not signed out. To sign out, use the button below.",
    ),
    PostLogoutRedirectUriMismatch: ErrorRule(
        "IDENTITY_POST_LOGOUT_REDIRECT_URI_MISMATCH",
        400,
        StatusCode.INVALID_ARGUMENT,
        "“{name_zh}”给出的退出后返回地址没有登记，因此没有退出。需要退出时，请点下面的按钮。",
        "The address that {name_en} wants you to get to after signing out is not registered, so you are not signed "
        "out. To sign out, use the button below.",
    ),
    ReceiptRefused: ErrorRule(
        "IDENTITY_RECEIPT_REFUSED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "这不是本平台签发的退出回执，或者内容被改动过。",
        "This is no sign-out receipt of this platform, or it was changed.",
    ),
}
