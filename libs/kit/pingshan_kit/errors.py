"""Refusals: the kit's own exceptions, and the tables that turn an exception into a code and a sentence.

A service's table stands in its `entrypoints/errors.py`; the kit's own stands here. Both are read by HTTP
(`pingshan_kit.http`) and gRPC (`pingshan_kit.rpc`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from pingshan_values.errors import DomainError, Violation


@dataclass(frozen=True)
class ErrorRule:
    """Says what one exception becomes. `zh` and `en` are `str.format` templates over the exception's `params`."""

    reason: str
    """Proto name without `ERROR_REASON_`, for example `E_LICENSE_NOT_FOUND`."""
    http: int
    grpc: grpc.StatusCode
    zh: str
    en: str


ErrorTable = Mapping[type[Exception], ErrorRule]


class Unauthenticated(DomainError):
    """The caller is not known: there is no token, or none that is valid here and now."""


class Forbidden(DomainError):
    """The caller is known, but may not do this."""


class LevelTooLow(DomainError):
    """The sign-in has not the assurance `level` that the act asks for (RFC 9470)."""

    def __init__(self, level: int) -> None:
        super().__init__(level=level)


class NotFound(DomainError):
    """There is nothing at this address."""


class InvalidRequest(DomainError):
    """The request cannot be read, or some of its fields were refused."""

    def __init__(self, violations: Sequence[tuple[str, str, str]] = (), **params: object) -> None:
        super().__init__(**params)
        self.violations = tuple(Violation(*violation) for violation in violations)


class Unreadable(InvalidRequest):
    """The request has octets that no service reads: text that is no UTF-8 or holds NUL, JSON without an end."""


class Taken(DomainError):
    """Somebody else has just added what may be there once; nothing was done."""


class RequestForged(DomainError):
    """A form came without the token of the page that it belongs to (CSRF)."""


class SignInFailed(DomainError):
    """Identity's answer does not belong to what was asked, or identity refused. `why` is for logs."""

    def __init__(self, why: str) -> None:
        super().__init__(why=why)


class SignInDenied(SignInFailed):
    """Identity knows the person, but none of their posts opens this system."""


class RequestIdReused(DomainError):
    """The same request id came before with another body."""


class Unavailable(DomainError):
    """A part that this act needs is away for now.

    Nothing was done, unless the part went away while it committed: whoever sends the same again under the same key gets
    the answer of the first, and does nothing twice.
    """


class TooManyAtOnce(DomainError):
    """The caller's address has as many requests under way as one may have; nothing was done."""


class FormUnderWay(TooManyAtOnce):
    """The same form is being worked on, and others wait for its answer already; nothing was done for this one."""


class TookTooLong(Unavailable):
    """PostgreSQL ended a statement that took longer than `database_statement_timeout`; nothing was done.

    Whoever asked may ask again. For a handler it counts as a failure of its own: its statement may never be faster.
    """


_STATUS = grpc.StatusCode

INTERNAL = ErrorRule(
    "PLATFORM_INTERNAL",
    500,
    _STATUS.INTERNAL,
    "系统出错，本次操作没有完成。请稍后再试；如需帮助，请提供下面的代码。",
    "Something went wrong on our side and the act was not completed. Please try again later; quote the code below.",
)
NOT_FOUND = ErrorRule(
    "PLATFORM_NOT_FOUND", 404, _STATUS.NOT_FOUND, "这里没有您要找的内容。", "There is nothing at this address."
)
TOO_LARGE = ErrorRule(
    "PLATFORM_TOO_LARGE",
    413,
    _STATUS.RESOURCE_EXHAUSTED,
    "提交的内容太大，没有被接收。",
    "What was sent is too large and was not accepted.",
)
METHOD_NOT_ALLOWED = ErrorRule(
    "PLATFORM_METHOD_NOT_ALLOWED",
    405,
    _STATUS.UNIMPLEMENTED,
    "这个地址不支持这种操作。",
    "This address does not offer that operation.",
)
INVALID_REQUEST = ErrorRule(
    "PLATFORM_INVALID_REQUEST",
    400,
    _STATUS.INVALID_ARGUMENT,
    "提交的内容不完整或不正确，请检查后重试。",
    "What was sent is incomplete or not correct. Please check it and try again.",
)

KIT_ERRORS: ErrorTable = {
    Unauthenticated: ErrorRule(
        "PLATFORM_UNAUTHENTICATED",
        401,
        _STATUS.UNAUTHENTICATED,
        "请先登录：没有有效的登录凭据。",
        "Please sign in first: there is no valid sign-in.",
    ),
    LevelTooLow: ErrorRule(
        "PLATFORM_LEVEL_TOO_LOW",
        401,
        _STATUS.PERMISSION_DENIED,
        "这项操作要求更高的登录强度（L{level}）。请用身份验证器或通行密钥再验证一次。",
        "This needs a higher level of sign-in (L{level}). Please prove once more that it is you.",
    ),
    Forbidden: ErrorRule(
        "PLATFORM_FORBIDDEN",
        403,
        _STATUS.PERMISSION_DENIED,
        "您没有进行这项操作的权限。工作人员如需办理，请联系本单位管理员。",
        "You may not do this. Staff who need to may ask their organisation's administrator.",
    ),
    NotFound: NOT_FOUND,
    InvalidRequest: INVALID_REQUEST,
    Unreadable: ErrorRule(
        "PLATFORM_UNREADABLE",
        400,
        _STATUS.INVALID_ARGUMENT,
        "提交的内容无法读取：含有不允许的字符、编码、数值或嵌套，或者项目太多。请检查后重试。",
        "What was sent cannot be read: it has characters, an encoding, numbers or nesting that are not allowed, or"
        " too many values.",
    ),
    Taken: ErrorRule(
        "PLATFORM_TAKEN",
        409,
        _STATUS.ALREADY_EXISTS,
        "刚刚有人添加了相同的内容，本次没有处理。请刷新后查看。",
        "Somebody else has just added the same; nothing was done. Please reload and look.",
    ),
    RequestForged: ErrorRule(
        "PLATFORM_REQUEST_FORGED",
        403,
        _STATUS.PERMISSION_DENIED,
        "页面已过期，本次提交没有生效。请返回上一页，刷新后重新提交。",
        "The page has expired and nothing was submitted. Please go back, reload the page and submit again.",
    ),
    SignInFailed: ErrorRule(
        "PLATFORM_SIGN_IN_FAILED",
        400,
        _STATUS.UNAUTHENTICATED,
        "登录没有完成：登录请求已过期，或不是在这个浏览器发起的。请重新登录。",
        "The sign-in was not completed: it has expired, or was not begun in this browser. Please sign in again.",
    ),
    SignInDenied: ErrorRule(
        "PLATFORM_SIGN_IN_DENIED",
        403,
        _STATUS.PERMISSION_DENIED,
        "您的岗位没有使用这个系统的权限。如需使用，请联系本单位管理员。",
        "Your post does not give you access to this system. If you need it, ask your organisation's administrator.",
    ),
    RequestIdReused: ErrorRule(
        "PLATFORM_REQUEST_ID_REUSED",
        409,
        _STATUS.ALREADY_EXISTS,
        "这个请求编号已用于另一份内容，本次没有处理。",
        "This request id was used for other content before; nothing was done.",
    ),
    TooManyAtOnce: ErrorRule(
        "PLATFORM_TOO_MANY_AT_ONCE",
        429,
        _STATUS.RESOURCE_EXHAUSTED,
        "您所在的网络同时发来的请求太多，本次操作没有进行。请稍后再试。",
        "Too many requests come from your network at the same time and nothing was done. Please try again soon.",
    ),
    FormUnderWay: ErrorRule(
        "PLATFORM_FORM_UNDER_WAY",
        429,
        _STATUS.RESOURCE_EXHAUSTED,
        "这份表单正在处理，又收到了多次相同的提交，多余的没有处理。请稍候，再查看结果。",
        "This form is being worked on and was sent many times more, which was not counted. Please wait and look again.",
    ),
    Unavailable: ErrorRule(
        "PLATFORM_UNAVAILABLE",
        503,
        _STATUS.UNAVAILABLE,
        "服务暂时不可用，本次操作可能没有完成。请稍后再试，重新提交同一请求不会重复办理。",
        "The service is not available for the moment, and this may not be done. Please try again soon: the same request"
        " sent again is not done twice.",
    ),
}


@dataclass(frozen=True)
class Refusal:
    """Holds what the caller may see of an exception: code, sentence and refused fields, nothing of its own text."""

    rule: ErrorRule
    params: Mapping[str, Any]
    violations: tuple[Violation, ...] = ()

    def sentence(self, language: str) -> str:
        template = self.rule.en if language == "en" else self.rule.zh
        try:
            return template.format(**self.params)
        except (KeyError, IndexError, ValueError):
            return template

    @property
    def unexpected(self) -> bool:
        return self.rule is INTERNAL

    @property
    def http(self) -> int:
        """Returns 422 where single fields were refused (RFC 9110 section 15.5.21), else the rule's own status."""
        return 422 if self.violations and self.rule is INVALID_REQUEST else self.rule.http


def merged(table: ErrorTable) -> ErrorTable:
    """Returns the kit's table with the service's rules added, which win over the kit's."""
    return {**KIT_ERRORS, **table}


def refusal(error: BaseException, table: ErrorTable) -> Refusal:
    """Returns the refusal by the rule of the exception's class or its nearest parent class; INTERNAL without a rule."""
    for kind in type(error).__mro__:
        rule = table.get(kind)
        if rule is not None:
            return Refusal(rule, getattr(error, "params", {}), getattr(error, "violations", ()))
    return Refusal(INTERNAL, {})
