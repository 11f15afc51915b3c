"""Checks the code of an applicant: an organisation's unified social credit code, or a person number."""

from pingshan_values.credit_code import is_credit_code
from pingshan_values.person_number import is_person_number

from pingshan_workflow.domain.definitions.definition import ApplicantKind
from pingshan_workflow.domain.errors import ApplicantCodeInvalid

CREDIT_CODE_TYPE = "001"
PERSON_NUMBER_TYPE = "111"


def ensure_applicant_code(kind: ApplicantKind, code: str) -> None:
    """Raises ApplicantCodeInvalid unless the code is of the kind that the matter asks for."""
    organisation = kind is not ApplicantKind.PERSON and is_credit_code(code)
    person = kind is not ApplicantKind.ORGANISATION and is_person_number(code)
    if not organisation and not person:
        raise ApplicantCodeInvalid


def is_person(code: str) -> bool:
    """Returns True unless the code is a credit code, which an organisation has."""
    return not is_credit_code(code)


def holder_code_type(code: str) -> str:
    """Returns "001" for a credit code, "111" for anything else, a person number (GB/T 36903)."""
    return PERSON_NUMBER_TYPE if is_person(code) else CREDIT_CODE_TYPE
