"""People of the public."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    AgentNotFound,
    MobileNotValid,
    NotLegalRepresentative,
    RepresentationEndNotValid,
    RepresentationNotFound,
)

ERRORS: ErrorTable = {
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
