"""Errors of the topic life_cycle."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.LicenseNotFound: ErrorRule(
        "E_LICENSE_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有这张证照。", "There is no such licence."
    ),
    errors.AlreadyRevoked: ErrorRule(
        "E_LICENSE_ALREADY_REVOKED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这张证照已经被吊销，不能再次吊销。",
        "This licence has been revoked already; it cannot be revoked again.",
    ),
}
