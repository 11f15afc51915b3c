"""Sign-in services above us."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
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
