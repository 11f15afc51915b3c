"""Errors about signing in: names, codes by SMS, upstreams."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    SignInAttemptExpired,
    SignInBusy,
    SignInRefused,
    SignInThrottled,
    SmsCodeNotSent,
    ThrottleNotFound,
    UpstreamAnswerRefused,
    UpstreamAway,
    UpstreamContradicts,
    UpstreamDenied,
    UpstreamNotLinked,
    UpstreamStateUnknown,
    UpstreamTaken,
    UpstreamUnknown,
)

ERRORS: ErrorTable = {
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
        "Too many attempts. Please try again in {retry_after} s; the account is not locked.",
    ),
    SignInBusy: ErrorRule(
        "IDENTITY_SIGN_IN_BUSY",
        503,
        StatusCode.UNAVAILABLE,
        "登录的人较多，请在 {retry_after} 秒后再试。",
        "Many people are signing in. Please try again in {retry_after} s.",
    ),
    SignInAttemptExpired: ErrorRule(
        "IDENTITY_SIGN_IN_ATTEMPT_EXPIRED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这次登录已经超时或结束，请重新登录。",
        "This sign-in has timed out or is over. Please sign in again.",
    ),
    SmsCodeNotSent: ErrorRule(
        "IDENTITY_SMS_CODE_NOT_SENT",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "短信发送过于频繁，请在 {retry_after} 秒后再试。刚才的验证码仍然有效。",
        "Too many messages. Please try again in {retry_after} s; the last code still counts.",
    ),
    ThrottleNotFound: ErrorRule(
        "IDENTITY_THROTTLE_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "这条限制已经结束或已被解除。",
        "This wait is over, or was lifted.",
    ),
    UpstreamUnknown: ErrorRule(
        "IDENTITY_UPSTREAM_UNKNOWN",
        404,
        StatusCode.NOT_FOUND,
        "没有接入这个登录服务。",
        "This sign-in service is not connected here.",
    ),
    UpstreamStateUnknown: ErrorRule(
        "IDENTITY_UPSTREAM_STATE_UNKNOWN",
        403,
        StatusCode.PERMISSION_DENIED,
        "这次登录不是从这个浏览器开始的，或者已经超过 10 分钟，因此没有继续。请重新登录。",
        "This sign-in did not begin in this browser, or over 10 minutes ago, so we did not go on. Please start anew.",
    ),
    UpstreamDenied: ErrorRule(
        "IDENTITY_UPSTREAM_DENIED",
        403,
        StatusCode.PERMISSION_DENIED,
        "您在对方的登录服务中没有完成验证，或者不是它的成员。可以重新登录，或改用其他方式。",
        "You did not finish at the other service, or are not its member. Please start anew, or sign in another way.",
    ),
    UpstreamAway: ErrorRule(
        "IDENTITY_UPSTREAM_AWAY",
        503,
        StatusCode.UNAVAILABLE,
        "{upstream}暂时没有应答。请稍后再试，或改用其他方式登录。",
        "{upstream_en} does not answer at the moment. Please try again later, or sign in another way.",
    ),
    UpstreamAnswerRefused: ErrorRule(
        "IDENTITY_UPSTREAM_ANSWER_REFUSED",
        502,
        StatusCode.FAILED_PRECONDITION,
        "对方登录服务的应答没有通过检查，因此没有继续。请重新登录，或改用其他方式。",
        "The answer of the other service did not pass our checks, so we did not go on. Please start anew.",
    ),
    UpstreamNotLinked: ErrorRule(
        "IDENTITY_UPSTREAM_NOT_LINKED",
        403,
        StatusCode.PERMISSION_DENIED,
        "{upstream}的这个账号还没有绑定。请先用密码登录，再到“我的账户”中绑定。",
        "This account of {upstream_en} is not linked yet. Sign in with a password, then link it in your account.",
    ),
    UpstreamContradicts: ErrorRule(
        "IDENTITY_UPSTREAM_CONTRADICTS",
        409,
        StatusCode.FAILED_PRECONDITION,
        "{upstream}验证的姓名、证件号或手机号，与已登记的不一致，因此没有继续，原来的信息没有改变。请携带证件到政务服务大厅处理。",
        "What {upstream_en} says about your name, number or telephone differs from what is registered, so we did not "
        "go on and nothing was changed. Please bring your papers to the service hall.",
    ),
    UpstreamTaken: ErrorRule(
        "IDENTITY_UPSTREAM_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "{upstream}的这个账号已经绑定了另一个人，因此没有继续。",
        "This account of {upstream_en} is linked to another person, so we did not go on.",
    ),
}
