"""Rules of what must be true before a licence is issued."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from pingshan_values.errors import Invalid, Violation
from pingshan_values.text import ONE_LINE, is_line

from pingshan_e_license.domain.catalogue.attributes import check_attributes
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import AttributesInvalid, PrerequisiteMissing, RequestInvalid
from pingshan_e_license.domain.holder import CREDIT_CODE, Holder, check_holder
from pingshan_e_license.domain.identifier import is_kept_for_cases, is_serial_number
from pingshan_e_license.domain.license import Standing, State, state_of
from pingshan_e_license.domain.validity import Period, period_by_rule

_LONGEST_NAME = 200
_LONGEST_CASE_ID = 64
_OWN_CODE = "unified_social_credit_code"
"""The attribute by which a type of organisations repeats its holder's code."""


@dataclass(frozen=True, slots=True)
class HeldLicense:
    """Holds what decides whether a licence that somebody has counts as a prerequisite of another one."""

    type: str
    standing: Standing
    period: Period

    def is_valid_on(self, day: date) -> bool:
        """Returns True if it is not revoked, has begun and has not expired."""
        return state_of(self.standing, self.period, day) is State.VALID


def check_content(
    license_type: LicenseType,
    *,
    serial_number: str,
    holder: Holder,
    attributes: Mapping[str, Any],
    effective_on: date | None,
    expires_on: date | None,
    case_id: str,
    by_hand: bool,
    today: date,
) -> Period:
    """Returns from when until when the licence holds. Raises one refusal with the violations of all checks.

    By hand no case is named, and no serial number taken of the form that licences of cases get.
    Its class is that of the first check that fails: RequestInvalid, HolderCodeInvalid, PeriodInvalid,
    AttributesInvalid.
    """
    refusals: list[Invalid] = []
    period = None
    with _collected(refusals):
        _check_fields(serial_number, holder.name, case_id, by_hand=by_hand)
    with _collected(refusals):
        check_holder(holder, license_type.holder_kinds)
    with _collected(refusals):
        period = period_by_rule(license_type.validity, effective_on, expires_on, today)
    with _collected(refusals):
        check_attributes(license_type, attributes)
    with _collected(refusals):
        _check_same_holder(holder, attributes)
    if refusals or period is None:
        raise type(refusals[0])([violation for refused in refusals for violation in refused.violations])
    return period


@contextmanager
def _collected(refusals: list[Invalid]) -> Iterator[None]:
    try:
        yield
    except Invalid as refused:
        refusals.append(refused)


def check_prerequisites(required: Mapping[str, LicenseType], held: Iterable[HeldLicense], today: date) -> list[str]:
    """Returns the codes of prerequisites that are issued elsewhere, sorted: the agency has to check those.

    `required` maps codes to the prerequisite types; `held` has the holder's licences of these types. Raises
    PrerequisiteMissing where the holder has no valid licence of one that is issued here.
    """
    proven = {each.type for each in held if each.is_valid_on(today)}
    provable = {code: each for code, each in required.items() if each.is_issued_here}
    missing = [each for code, each in provable.items() if code not in proven]
    if missing:
        raise PrerequisiteMissing(
            names_zh="、".join(each.name_zh for each in missing),
            names_en=", ".join(each.name_en for each in missing),
        )
    return sorted(required.keys() - provable.keys())


def _check_same_holder(holder: Holder, attributes: Mapping[str, Any]) -> None:
    """Raises AttributesInvalid where the licence would name another organisation than the one that holds it."""
    named = attributes.get(_OWN_CODE)
    if holder.code_type == CREDIT_CODE and named is not None and named != holder.code:
        zh = "与持证主体代码不一致：两处应是同一个统一社会信用代码。"
        en = "This is not the holder's code: both are the same unified social credit code."
        raise AttributesInvalid([Violation(f"attributes.{_OWN_CODE}", zh, en)])


def _check_fields(serial_number: str, holder_name: str, case_id: str, *, by_hand: bool) -> None:
    violations = []
    if not is_serial_number(serial_number):
        violations.append(
            Violation(
                "serial_number", "流水号须为 1 至 32 位数字或大写字母。", "The serial number is 1 to 32 of 0-9 A-Z."
            )
        )
    elif by_hand and is_kept_for_cases(serial_number):
        violations.append(
            Violation(
                "serial_number",
                "这种流水号（年份加办件序号，例如 2026000124）留给办件所发的证照，请换一个。",
                "Serial numbers like 2026000124 (year and case number) are kept for licences of cases; take another.",
            )
        )
    if not is_line(holder_name, _LONGEST_NAME):
        violations.append(
            Violation(
                "holder_name",
                f"请填写持证主体名称，最多 200 字的{ONE_LINE.zh}。",
                f"The holder's name has 1 to 200 characters, {ONE_LINE.en}.",
            )
        )
    if case_id and by_hand:
        violations.append(
            Violation(
                "case_id",
                "办件编号只由跨部门审批填写，请留空。",
                "Only the approval service names a case; leave this empty.",
            )
        )
    elif case_id and not is_line(case_id, _LONGEST_CASE_ID):
        violations.append(
            Violation(
                "case_id",
                f"办件编号为最多 64 位的{ONE_LINE.zh}。",
                f"A case id has at most 64 characters, {ONE_LINE.en}.",
            )
        )
    if violations:
        raise RequestInvalid(violations)
