"""Errors about consents to third parties."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import ConsentOutdated

ERRORS: ErrorTable = {
    ConsentOutdated: ErrorRule(
        "IDENTITY_CONSENT_OUTDATED",
        409,
        StatusCode.ABORTED,
        "这个系统刚刚更改了名称或地址，请重新确认。",
        "This system has just changed its name or addresses. Please look again.",
    ),
}
