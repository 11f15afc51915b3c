"""Errors of the topic catalogue."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.LicenseTypeUnknown: ErrorRule(
        "E_LICENSE_TYPE_UNKNOWN",
        404,
        StatusCode.NOT_FOUND,
        "证照目录中没有“{type}”这种证照。",
        "The catalogue has no licence type '{type}'.",
    ),
    errors.LicenseTypeNotOurs: ErrorRule(
        "E_LICENSE_TYPE_NOT_OURS",
        403,
        StatusCode.PERMISSION_DENIED,
        "这种证照由其他单位（{agency}）颁发，本单位不能办理。",
        "This licence type belongs to another agency ({agency}); yours cannot act on it.",
    ),
    errors.LicenseTypeNotIssuedHere: ErrorRule(
        "E_LICENSE_TYPE_NOT_ISSUED_HERE",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这种证照不由本区颁发，只能归集或转询，不能在此颁发。",
        "This licence type is not issued by the district: it is only collected or relayed.",
    ),
}
