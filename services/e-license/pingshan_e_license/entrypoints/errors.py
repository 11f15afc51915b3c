"""Maps each refusal to its code, its HTTP and gRPC status and its sentences."""

from grpc import StatusCode
from pingshan_kit.errors import INVALID_REQUEST, KIT_ERRORS, ErrorRule, ErrorTable, Forbidden

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.RequestInvalid: INVALID_REQUEST,
    errors.NotAllowed: KIT_ERRORS[Forbidden],
    errors.LicenseNotFound: ErrorRule(
        "E_LICENSE_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有这张证照。", "There is no such licence."
    ),
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
    errors.AttributesInvalid: ErrorRule(
        "E_LICENSE_ATTRIBUTES_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "证照内容有 {count} 处不符合要求。",
        "The licence's content has {count} violation(s) of its schema.",
    ),
    errors.HolderCodeInvalid: ErrorRule(
        "E_LICENSE_HOLDER_CODE_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "持证主体代码不正确。",
        "The holder's code is not correct.",
    ),
    errors.PeriodInvalid: ErrorRule(
        "E_LICENSE_PERIOD_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "有效期不正确。",
        "The period of validity is not correct.",
    ),
    errors.SerialTaken: ErrorRule(
        "E_LICENSE_SERIAL_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "流水号 {serial_number} 已用于这种证照的另一张，请换一个。",
        "The serial number {serial_number} belongs to another licence of this type; please use another one.",
    ),
    errors.PrerequisiteMissing: ErrorRule(
        "E_LICENSE_PREREQUISITE_MISSING",
        409,
        StatusCode.FAILED_PRECONDITION,
        "该主体还没有有效的{names_zh}，须先取得。",
        "The holder has no valid licence of: {names_en}. That must come first.",
    ),
    errors.AlreadyRevoked: ErrorRule(
        "E_LICENSE_ALREADY_REVOKED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这张证照已经被吊销，不能再次吊销。",
        "This licence has been revoked already; it cannot be revoked again.",
    ),
}
