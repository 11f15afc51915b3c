"""Maps each refusal to its code, its HTTP and gRPC status and its sentences."""

from grpc import StatusCode
from pingshan_kit.errors import KIT_ERRORS, ErrorRule, ErrorTable, Forbidden

from pingshan_wifi_portal.domain.errors import (
    CodeExpired,
    CodeNotSent,
    CodeWrong,
    ConsentRequired,
    HotspotNotFound,
    LimitNotFound,
    MobileNumberInvalid,
    NotAllowed,
    ReasonRequired,
    SessionNotFound,
    TooManyCodes,
    TooManyTries,
    VisitUnknown,
)

ERRORS: ErrorTable = {
    NotAllowed: KIT_ERRORS[Forbidden],
    HotspotNotFound: ErrorRule(
        "WIFI_PORTAL_HOTSPOT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有热点 {hotspot_id}。",
        "There is no hotspot {hotspot_id}.",
    ),
    SessionNotFound: ErrorRule(
        "WIFI_PORTAL_SESSION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这次上网，或者它已经结束。",
        "There is no such session, or it has ended.",
    ),
    VisitUnknown: ErrorRule(
        "WIFI_PORTAL_VISIT_UNKNOWN",
        400,
        StatusCode.INVALID_ARGUMENT,
        "请先连接无线网络 i-Pingshan，再打开这个页面。",
        "Please join the Wi-Fi network i-Pingshan first, then open this page.",
    ),
    MobileNumberInvalid: ErrorRule(
        "WIFI_PORTAL_MOBILE_NUMBER_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请填写 11 位手机号码，例如 138 0000 0000。",
        "Please give an 11-digit mobile number, for example 138 0000 0000.",
    ),
    ConsentRequired: ErrorRule(
        "WIFI_PORTAL_CONSENT_REQUIRED",
        422,
        StatusCode.FAILED_PRECONDITION,
        "请阅读并同意使用说明，才能上网。",
        "Please read and accept the terms to go online.",
    ),
    CodeWrong: ErrorRule(
        "WIFI_PORTAL_CODE_WRONG",
        422,
        StatusCode.INVALID_ARGUMENT,
        "验证码不对，还可以再试 {tries_left} 次。",
        "This is not the code. Tries left: {tries_left}.",
    ),
    CodeExpired: ErrorRule(
        "WIFI_PORTAL_CODE_EXPIRED",
        422,
        StatusCode.FAILED_PRECONDITION,
        "验证码已过期，请重新获取。",
        "The code has expired. Please ask for a new one.",
    ),
    TooManyTries: ErrorRule(
        "WIFI_PORTAL_TOO_MANY_TRIES",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "输错次数太多，这个验证码已作废，请重新获取。",
        "Too many wrong tries; this code is void. Please ask for a new one.",
    ),
    TooManyCodes: ErrorRule(
        "WIFI_PORTAL_TOO_MANY_CODES",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "获取得太频繁，请 {seconds} 秒后再试。",
        "That is too often. Please try again in {seconds} s.",
    ),
    CodeNotSent: ErrorRule(
        "WIFI_PORTAL_CODE_NOT_SENT",
        502,
        StatusCode.UNAVAILABLE,
        "短信没有发出（运营商答复：{answer}）。请检查号码，或稍后再试。",
        "The SMS was not sent (the carrier says: {answer}). Please check the number, or try again later.",
    ),
    LimitNotFound: ErrorRule(
        "WIFI_PORTAL_LIMIT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "这条限制已经结束或已被解除。",
        "This wait is over, or was lifted.",
    ),
    ReasonRequired: ErrorRule(
        "WIFI_PORTAL_REASON_REQUIRED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请填写原因：一行文字，不含控制字符和看不见的字符。",
        "Please give a reason, in one line without control characters or invisible ones.",
    ),
}
