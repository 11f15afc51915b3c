"""Errors about staff, people of the public, and whom they act for."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    AgentNotFound,
    DeputyRefused,
    ImportNotFound,
    LoginNameTaken,
    MobileNotValid,
    NotLegalRepresentative,
    PersonChanged,
    PersonNotFound,
    PowersJoined,
    RepresentationEndNotValid,
    RepresentationNotFound,
    SectionInUse,
    SectionNameTaken,
    SectionNotFound,
    SheetUnreadable,
)

ERRORS: ErrorTable = {
    PersonNotFound: ErrorRule(
        "IDENTITY_PERSON_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有找到这个人。", "There is no such person."
    ),
    LoginNameTaken: ErrorRule(
        "IDENTITY_LOGIN_NAME_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "登录名 {login_name} 已有在职人员使用，请换一个。",
        "The login name {login_name} is taken by somebody who has not left. Please choose another one.",
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
    SectionInUse: ErrorRule(
        "IDENTITY_SECTION_IN_USE",
        409,
        StatusCode.FAILED_PRECONDITION,
        "科室里还有在职人员，请先调走再撤销。",
        "People still belong to this section. Please move them first.",
    ),
    SectionNotFound: ErrorRule(
        "IDENTITY_SECTION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这个科室，它可能已经撤销。",
        "There is no such section; it may have been closed.",
    ),
    SectionNameTaken: ErrorRule(
        "IDENTITY_SECTION_NAME_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "这个单位已有同名科室。",
        "The organisation already has a section of that name.",
    ),
    DeputyRefused: ErrorRule(
        "IDENTITY_DEPUTY_REFUSED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不能这样代理：不能代理自己、管理员岗位、本人没有的岗位或代理人已有的岗位；代理人须在职，期限不超过 180 天。",
        "This cannot be: nobody acts for themselves, in an administrator post, or in a post that the person does not "
        "hold or the deputy already has; the deputy must be present, for 180 days at most.",
    ),
    ImportNotFound: ErrorRule(
        "IDENTITY_IMPORT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这次导入，或它已经处理过。",
        "There is no such import, or it was dealt with before.",
    ),
    SheetUnreadable: ErrorRule(
        "IDENTITY_SHEET_UNREADABLE",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不能读取这个表格。请使用模板（xlsx 或 GB 18030 编码的 CSV），保留表头，不含公式和宏，最多 5000 行。",
        "This sheet cannot be read. Please use the template (xlsx, or CSV in GB 18030) and keep its heads; formulas, "
        "macros and more than 5,000 rows are refused.",
    ),
    MobileNotValid: ErrorRule(
        "IDENTITY_MOBILE_NOT_VALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请输入 11 位中国内地手机号码。",
        "Please enter a mobile number of mainland China, 11 digits.",
    ),
    NotLegalRepresentative: ErrorRule(
        "IDENTITY_NOT_LEGAL_REPRESENTATIVE",
        403,
        StatusCode.PERMISSION_DENIED,
        "您不是这个单位现在的法定代表人，不能委托经办人。",
        "You do not head this company today, so you cannot appoint agents for it.",
    ),
    AgentNotFound: ErrorRule(
        "IDENTITY_AGENT_NOT_FOUND",
        422,
        StatusCode.FAILED_PRECONDITION,
        "这个号码现在不能被委托。请对方先用它登录一次，并在“我的账户”中完成实名。",
        "This number cannot be appointed now. Ask its holder to sign in with it and to prove their name.",
    ),
    RepresentationNotFound: ErrorRule(
        "IDENTITY_REPRESENTATION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这项委托，它可能已经结束。",
        "There is no such appointment; it may have ended already.",
    ),
    RepresentationEndNotValid: ErrorRule(
        "IDENTITY_REPRESENTATION_END_NOT_VALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请选择委托的最后一天，从 {first} 到 {last}。",
        "Please choose the last day, from {first} to {last}.",
    ),
}
