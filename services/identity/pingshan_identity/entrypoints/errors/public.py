"""People of the public."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import MobileNotValid

ERRORS: ErrorTable = {
    MobileNotValid: ErrorRule(
        "IDENTITY_MOBILE_NOT_VALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "请输入 11 位中国内地手机号码。",
        "Please enter a mobile number of mainland China, 11 digits.",
    ),
}
