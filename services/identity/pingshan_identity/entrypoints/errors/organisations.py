"""Errors about sections of organisations."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import SectionInUse, SectionNameTaken, SectionNotFound

ERRORS: ErrorTable = {
    SectionInUse: ErrorRule(
        "IDENTITY_SECTION_IN_USE",
        409,
        StatusCode.FAILED_PRECONDITION,
        "科室里还有在职人员，或有人将调入，请先调走再撤销。",
        "People belong to this section, or are to move into it. Please move them first.",
    ),
    SectionNotFound: ErrorRule(
        "IDENTITY_SECTION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这个科室，它可能已经撤销。",
        "There is no such section; it may have been closed.",
    ),
    SectionNameTaken: ErrorRule(
        "IDENTITY_SECTION_NAME_TAKEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "这个单位已有同名科室。",
        "The organisation already has a section of that name.",
    ),
}
