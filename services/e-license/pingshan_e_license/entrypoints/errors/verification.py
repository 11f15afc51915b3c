"""Errors of the topic verification."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.VerificationUnanswered: ErrorRule(
        "E_LICENSE_VERIFICATION_UNANSWERED",
        503,
        StatusCode.UNAVAILABLE,
        "暂时查不到登记，这张证照没有核验出结果。请稍后再试；急用时请向颁发机构核实。",
        "The register did not answer, so nothing is known of this licence. Please try again soon, or ask the issuer.",
    ),
    errors.PublicVerificationsUsedUp: ErrorRule(
        "E_LICENSE_PUBLIC_VERIFICATIONS_USED_UP",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "核验次数过多，请在 {retry_after} 秒后再试。",
        "Too many verifications. Please try again in {retry_after} seconds.",
    ),
    errors.BatchInvalid: ErrorRule(
        "E_LICENSE_BATCH_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "这批标识不能核验，请检查后重试。",
        "This batch cannot be verified. Please check it and try again.",
    ),
}
