"""What is handed in with an application, checked before anything is reserved or started."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingshan_kit.errors import InvalidRequest
from pingshan_values.mobile import to_e164

from pingshan_workflow.domain.applicant import ensure_applicant_code
from pingshan_workflow.domain.definition import Definition
from pingshan_workflow.domain.form import read_form

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Filing:
    """`form` holds answers by field name, as text or JSON values."""

    process: str
    applicant_name: str
    applicant_code: str
    agent_name: str
    agent_mobile: str
    form: Mapping[str, Any]

    def canonical(self) -> str:
        """One text for one filing, for telling a repeated request from another one."""
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
    """The filing in normal form. Raises InvalidRequest, ApplicantCodeInvalid or FormInvalid."""
    names = {
        "applicant_name": filing.applicant_name.strip(),
        "agent_name": filing.agent_name.strip(),
    }
    violations = [
        (field, f"请填写姓名或名称，最多 {MAX_NAME} 个字", f"Enter a name of at most {MAX_NAME} characters")
        for field, name in names.items()
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable()
    ]
    mobile = to_e164(filing.agent_mobile)
    if mobile is None:
        violations.append(("agent_mobile", "请填写 11 位手机号码", "Enter a mobile number of 11 digits"))
    if violations:
        raise InvalidRequest(violations)
    code = filing.applicant_code.strip().upper()
    ensure_applicant_code(definition.applicant, code)
    form = read_form(definition.form, filing.form)
    return Filing(filing.process, names["applicant_name"], code, names["agent_name"], mobile or "", form)
