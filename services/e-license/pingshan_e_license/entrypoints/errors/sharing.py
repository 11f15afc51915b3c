"""Errors of the topic sharing."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.SharingItemUnknown: ErrorRule(
        "E_LICENSE_SHARING_ITEM_UNKNOWN",
        404,
        StatusCode.NOT_FOUND,
        "没有“{item}”这个共享事项。",
        "There is no sharing item '{item}'.",
    ),
    errors.NoMandate: ErrorRule(
        "E_LICENSE_NO_MANDATE",
        403,
        StatusCode.PERMISSION_DENIED,
        "您不是该持证主体的代理人，不能为其请求数据。本次请求已记录并计入统计。",
        "You do not act for this holder and may not ask for their data. This request is on record and counted.",
    ),
    errors.OverAsked: ErrorRule(
        "E_LICENSE_OVER_ASKED",
        403,
        StatusCode.PERMISSION_DENIED,
        "请求超出共享事项 {item} 的范围：{excess_zh} {name}。本次请求已被拒绝、记录并计入统计。",
        "This asks for more than sharing item {item} allows: {excess_en} {name}. It is refused, on record and counted.",
    ),
    errors.QuotaExceeded: ErrorRule(
        "E_LICENSE_SHARING_QUOTA_EXCEEDED",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "事项 {item} 今天的 {limit} 次已经用完，请在 {retry_after} 秒后再试。",
        "The {limit} answers of today for item {item} are used up; please try again in {retry_after} seconds.",
    ),
    errors.HolderLimitReached: ErrorRule(
        "E_LICENSE_HOLDER_LIMIT_REACHED",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "事项 {item} 今天对该主体的 {limit} 次已经用完，请在 {retry_after} 秒后再试。",
        "Item {item} has had its {limit} answers of today about this holder; please try again in {retry_after} s.",
    ),
    errors.ConsentRequired: ErrorRule(
        "E_LICENSE_CONSENT_REQUIRED",
        403,
        StatusCode.PERMISSION_DENIED,
        "这个事项须经本人授权：请先请求授权，并在请求中写明授权编号；涉及另一人的，另一人也须授权。",
        "This item needs the holder's consent: ask for it and name it. Whoever else is asked about must consent too.",
    ),
    errors.ConsentNotFound: ErrorRule(
        "E_LICENSE_CONSENT_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有这项授权。", "There is no such consent."
    ),
    errors.ConsentNotCovering: ErrorRule(
        "E_LICENSE_CONSENT_NOT_COVERING",
        403,
        StatusCode.PERMISSION_DENIED,
        "授权不包括这次请求：事项、主体、用途须相同，字段和判断须在授权之内。",
        "The consent does not cover this: item, holder and purpose must be the same, and all that is asked within it.",
    ),
    errors.ConsentNotGranted: ErrorRule(
        "E_LICENSE_CONSENT_NOT_GRANTED",
        403,
        StatusCode.PERMISSION_DENIED,
        "本人没有同意这项授权。",
        "The holder has not granted this consent.",
    ),
    errors.ConsentWithdrawn: ErrorRule(
        "E_LICENSE_CONSENT_WITHDRAWN",
        403,
        StatusCode.PERMISSION_DENIED,
        "本人已撤回这项授权。",
        "The holder has withdrawn this consent.",
    ),
    errors.ConsentExpired: ErrorRule(
        "E_LICENSE_CONSENT_EXPIRED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这项授权已过期。",
        "This consent has expired.",
    ),
    errors.ConsentUsedUp: ErrorRule(
        "E_LICENSE_CONSENT_USED_UP",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这项授权的次数已经用完。",
        "This consent is used up.",
    ),
    errors.ConsentDecided: ErrorRule(
        "E_LICENSE_CONSENT_DECIDED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这项授权已经处理过了，请刷新后查看。",
        "This has been decided already; please reload and look.",
    ),
    errors.DataUseNotFound: ErrorRule(
        "E_LICENSE_DATA_USE_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有这条使用记录。", "There is no such use."
    ),
    errors.AnswerNotKept: ErrorRule(
        "E_LICENSE_ANSWER_NOT_KEPT",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这个请求编号已经答复过，答复不再保留；如需再次查询，请用新的请求编号。",
        "This request id was answered before, and the answer is no longer kept; ask anew with another request id.",
    ),
}
