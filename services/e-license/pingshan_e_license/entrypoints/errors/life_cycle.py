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
    errors.LicenseFinal: ErrorRule(
        "E_LICENSE_FINAL",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这张证照的状态是最终的，不能再变；只有复议或法院的决定可以恢复。",
        "What was decided on this licence is final; only a decision of reconsideration or a court can restore it.",
    ),
    errors.LicenseSuspended: ErrorRule(
        "E_LICENSE_SUSPENDED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这张证照暂停中，不能延续、变更或更正；请先恢复。",
        "This licence is suspended and cannot be renewed, changed or corrected; resume it first.",
    ),
    errors.LicenseSuperseded: ErrorRule(
        "E_LICENSE_SUPERSEDED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这一版已由第 {version} 版取代，请在新版上办理。",
        "This version was superseded by version {version}; please act on that one.",
    ),
    errors.TransitionRefused: ErrorRule(
        "E_LICENSE_TRANSITION_REFUSED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "以这张证照现在的状态，不能这样办理。",
        "This cannot be done in the licence's present state.",
    ),
    errors.NoVersionLeft: ErrorRule(
        "E_LICENSE_NO_VERSION_LEFT",
        409,
        StatusCode.FAILED_PRECONDITION,
        "版本号已到 999，不能再有下一版，请重新颁发。",
        "Version 999 is the last one of a serial number; please issue the licence anew.",
    ),
}
