"""People and the organisation."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import (
    PersonNotFound,
)

ERRORS: ErrorTable = {
    PersonNotFound: ErrorRule(
        "IDENTITY_PERSON_NOT_FOUND", 404, StatusCode.NOT_FOUND, "没有找到这个人。", "There is no such person."
    ),
}
