"""Rules of what must be true before a licence is issued."""

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import date
from typing import Any

from pingshan_values.errors import Invalid, Violation
from pingshan_values.text import is_storable, is_text

from pingshan_e_license.domain.attributes import check_attributes
from pingshan_e_license.domain.catalogue import LicenseType
from pingshan_e_license.domain.errors import PrerequisiteMissing, RequestInvalid
from pingshan_e_license.domain.holder import Holder, check_holder
from pingshan_e_license.domain.identifier import is_serial_number
from pingshan_e_license.domain.validity import Period, period_by_rule

_LONGEST_NAME = 200
_LONGEST_CASE_ID = 64


def check_content(
    license_type: LicenseType,
    *,
    serial_number: str,
    holder: Holder,
    attributes: Mapping[str, Any],
    effective_on: date | None,
    expires_on: date | None,
    case_id: str,
    today: date,
) -> Period:
    """Returns from when until when the licence holds. Raises one refusal with the violations of all checks.

    Its class is that of the first check that fails: RequestInvalid, HolderCodeInvalid, PeriodInvalid,
    AttributesInvalid.
    """
    refusals: list[Invalid] = []
    period = None
    with _collected(refusals):
        _check_fields(serial_number, holder.name, case_id)
    with _collected(refusals):
        check_holder(holder, license_type.holder_kinds)
    with _collected(refusals):
        period = period_by_rule(license_type.validity, effective_on, expires_on, today)
    with _collected(refusals):
        check_attributes(license_type, attributes)
    if refusals or period is None:
        raise type(refusals[0])([violation for refused in refusals for violation in refused.violations])
    return period


@contextmanager
def _collected(refusals: list[Invalid]) -> Iterator[None]:
    try:
        yield
    except Invalid as refused:
        refusals.append(refused)


def check_prerequisites(required: Mapping[str, LicenseType], held: Set[str]) -> list[str]:
    """Returns the codes of prerequisites that are issued elsewhere, sorted: the agency has to check those.

    `required` maps codes to the prerequisite types; `held` has the codes of the types of which the holder has a valid
    licence. Raises PrerequisiteMissing where one that is issued here is not held.
    """
    provable = {code: each for code, each in required.items() if each.is_issued_here}
    missing = [each for code, each in provable.items() if code not in held]
    if missing:
        raise PrerequisiteMissing(
            names_zh="、".join(each.name_zh for each in missing),
            names_en=", ".join(each.name_en for each in missing),
        )
    return sorted(required.keys() - provable.keys())


def _check_fields(serial_number: str, holder_name: str, case_id: str) -> None:
    violations = []
    if not is_serial_number(serial_number):
        violations.append(
            Violation(
                "serial_number", "流水号须为 1 至 32 位数字或大写字母。", "The serial number is 1 to 32 of 0-9 A-Z."
            )
        )
    if not is_text(holder_name, _LONGEST_NAME):
        violations.append(
            Violation("holder_name", "请填写持证主体名称，最多 200 字。", "The holder's name has 1 to 200 characters.")
        )
    if len(case_id) > _LONGEST_CASE_ID or not is_storable(case_id):
        violations.append(Violation("case_id", "办件编号最多 64 位。", "A case id has at most 64 characters."))
    if violations:
        raise RequestInvalid(violations)
