"""Errors about staff and people of the public."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    DeputyRefused,
    LoginNameTaken,
    MobileNotValid,
    NoLeavingPlanned,
    NoMovePlanned,
    PersonChanged,
    PersonNotFound,
    PowersJoined,
)

ERRORS: ErrorTable = {
    PersonNotFound: ErrorRule(
        "IDENTITY_PERSON_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有找到这个人。", "There is no such person."
    ),
    LoginNameTaken: ErrorRule(
        "IDENTITY_LOGIN_NAME_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "登录名 {login_name} 已有人使用或曾有人使用，请换一个。",
        "The login name {login_name} is taken, perhaps by somebody who has left. Please choose another one.",
    ),
    NoLeavingPlanned: ErrorRule(
        "IDENTITY_NO_LEAVING_PLANNED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "没有待生效的离职安排，可能已经取消或已经离职。",
        "No leaving is planned; it may have been cancelled, or the person has left.",
    ),
    NoMovePlanned: ErrorRule(
        "IDENTITY_NO_MOVE_PLANNED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "没有可以取消的调动安排：可能已经取消或已经生效。升级前安排的，请重新提交一次调动来取代它。",
        "No move is planned that could be cancelled; it may have been cancelled, or have come into effect. One that "
        "was planned before an upgrade is replaced by moving the person anew.",
    ),
    PersonChanged: ErrorRule(
        "IDENTITY_PERSON_CHANGED",
        409,
        StatusCode.ABORTED,
        "在您打开页面之后，别人修改了这个人。下面是最新内容，请重新操作。",
        "Somebody else changed this person after you opened the page. Below is the newest state; please try again.",
    ),
    PowersJoined: ErrorRule(
        "IDENTITY_POWERS_JOINED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "系统、安全、审计三类管理员不能由同一个人担任，时间重叠也不行。",
        "Nobody may hold two of the system, security and audit administrators, not even for a day.",
    ),
    DeputyRefused: ErrorRule(
        "IDENTITY_DEPUTY_REFUSED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不能这样代理：不能代理自己、管理员岗位、本人没有的岗位或代理人已有的岗位；代理人须在职，期限不超过 180 天。",
        "This cannot be: nobody acts for themselves, in an administrator post, or in a post that the person does not "
        "hold or the deputy already has; the deputy must be present, for 180 days at most.",
    ),
    MobileNotValid: ErrorRule(
        "IDENTITY_MOBILE_NOT_VALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请输入 11 位中国内地手机号码。",
        "Please enter a mobile number of mainland China, 11 digits.",
    ),
}
