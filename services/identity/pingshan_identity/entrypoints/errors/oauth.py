"""Errors about authorization requests that are shown on a page, never to the client."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    AuthorizationRequestSpent,
    RedirectUriMismatch,
    RedirectUriMissing,
    RequestUriNotSupported,
)

ERRORS: ErrorTable = {
    AuthorizationRequestSpent: ErrorRule(
        "IDENTITY_AUTHORIZATION_REQUEST_SPENT",
        400,
        StatusCode.FAILED_PRECONDITION,
        "这次登录的地址已经用过或已过期。请回到要打开的系统，重新登录。",
        "The address of this sign-in has been used or has expired. Please go back to the system and sign in again.",
    ),
    RequestUriNotSupported: ErrorRule(
        "IDENTITY_REQUEST_URI_NOT_SUPPORTED",
        400,
        StatusCode.INVALID_ARGUMENT,
        "“{name_zh}”把登录请求放在别处（request_uri），本平台不去读取，因此没有继续。请联系该系统的管理单位。",
        "{name_en} keeps its sign-in request on another server (request_uri), which we do not read, so we did not go "
        "on. Please tell its owner.",
    ),
    RedirectUriMissing: ErrorRule(
        "IDENTITY_REDIRECT_URI_MISSING",
        400,
        StatusCode.INVALID_ARGUMENT,
        "“{name_zh}”的登录请求没有给出唯一的返回地址（redirect_uri），因此没有继续。请联系该系统的管理单位。",
        "The sign-in request of {name_en} does not give one return address (redirect_uri), so we did not go on. "
        "Please tell its owner.",
    ),
    RedirectUriMismatch: ErrorRule(
        "IDENTITY_REDIRECT_URI_MISMATCH",
        400,
        StatusCode.INVALID_ARGUMENT,
        "“{name_zh}”给出的返回地址与登记的不一致，因此没有继续。请联系该系统的管理单位。",
        "The return address of {name_en} is not the registered one, so we did not go on. Please tell its owner.",
    ),
}
