"""Errors about whom people act for."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    AgentNotFound,
    NotLegalRepresentative,
    RepresentationEndNotValid,
    RepresentationNotFound,
)

ERRORS: ErrorTable = {
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
        "没有找到这个号码和姓名的人。请核对两项；对方还须用这个号码登录过，并在“我的账户”中完成实名。",
        "Nobody has this number and name. Please check both; the agent must also have signed in and proven their name.",
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
