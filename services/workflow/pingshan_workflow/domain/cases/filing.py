"""Checks what is handed in with an application, before anything is reserved or started."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.mobile import to_e164
from pingshan_values.text import ONE_LINE, is_line

from pingshan_workflow.domain.cases.applicant import ensure_applicant_code
from pingshan_workflow.domain.definitions.definition import Definition
from pingshan_workflow.domain.definitions.form import examine_form
from pingshan_workflow.domain.errors import ApplicantCodeInvalid, FormInvalid

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Filing:
    """Holds what is handed in; `form` has the answers by field name, as text or JSON values."""

    process: str
    applicant_name: str
    applicant_code: str
    agent_name: str
    agent_mobile: str
    form: Mapping[str, Any]

    def canonical(self) -> str:
        """Returns the same text for the same filing, which tells a repeated request from another one."""
        parts = [
            self.process,
            self.applicant_name,
            self.applicant_code,
            self.agent_name,
            self.agent_mobile,
            dict(self.form),
        ]
        return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checked(filing: Filing, definition: Definition) -> Filing:
    """Returns the filing in normal form.

    Raises FormInvalid with every violation, or ApplicantCodeInvalid where nothing but the applicant's code is wrong.
    """
    code = filing.applicant_code.strip().upper()
    applicant_name, agent_name = filing.applicant_name.strip(), filing.agent_name.strip()
    mobile = to_e164(filing.agent_mobile)
    form, form_violations = examine_form(definition.form, filing.form)
    violations = [
        *name_violations("applicant_name", applicant_name),
        *name_violations("agent_name", agent_name),
        *([] if mobile else [_MOBILE]),
        *form_violations,
    ]
    try:
        ensure_applicant_code(definition.applicant, code)
    except ApplicantCodeInvalid:
        if not violations:
            raise
        violations.insert(0, _CODE)
    if violations:
        raise FormInvalid(violations)
    return Filing(filing.process, applicant_name, code, agent_name, mobile or "", form)


_MOBILE = Violation("agent_mobile", "请填写 11 位手机号码", "Enter a mobile number of 11 digits")
_CODE = Violation("applicant_code", "请核对申请人的代码", "Please check the applicant's code")


def name_violations(path: str, name: str) -> list[Violation]:
    if is_line(name, MAX_NAME):
        return []
    zh, en = (
        f"请填写名称或姓名，最多 {MAX_NAME} 个字的{ONE_LINE.zh}",
        f"Enter a name of at most {MAX_NAME} characters, {ONE_LINE.en}",
    )
    return [Violation(path, zh, en)]
