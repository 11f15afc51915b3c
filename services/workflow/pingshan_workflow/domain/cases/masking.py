"""Rules of what a reader sees of a case's personal data without a record of the look."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pingshan_values.actor import Actor, ActorKind
from pingshan_values.masked import mask_code, mask_mobile, mask_name

from pingshan_workflow.domain.access import handles_cases, is_own_case
from pingshan_workflow.domain.cases.applicant import is_person
from pingshan_workflow.domain.cases.view import CaseRow, TaskRow
from pingshan_workflow.domain.definitions.definition import Definition


def sees_unmasked(actor: Actor, applicant_code: str) -> bool:
    """Returns True for a sibling service, which edges.yaml has let in, and for applicants who see their own data."""
    return actor.kind is ActorKind.SERVICE or is_own_case(actor, applicant_code)


def masked(row: CaseRow, definition: Definition, reader: Actor) -> CaseRow:
    """Returns the case without personal data, and without the applicant's code; who filed it reads their own name."""
    filed_by_name = row.filed_by_name if row.filed_by == reader.id else mask_name(row.filed_by_name)
    return replace(
        row,
        applicant_name=_applicant_name(row.applicant_name, row.applicant_code),
        applicant_code=mask_code(row.applicant_code),
        agent_name=mask_name(row.agent_name),
        agent_mobile=mask_mobile(row.agent_mobile),
        filed_by_name=filed_by_name,
        form=_masked_form(row.form, definition),
    )


def shown_applicant(actor: Actor, name: str, code: str) -> str:
    """Returns the applicant's name as lists show it: masked where it is a person's and not the actor's own."""
    return name if sees_unmasked(actor, code) else _applicant_name(name, code)


def shown_task(actor: Actor, row: TaskRow) -> TaskRow:
    """Returns the task without who decided it, for all but those who handle cases."""
    return row if handles_cases(actor) else replace(row, decided_by="", decided_by_name="")


def _applicant_name(name: str, code: str) -> str:
    return mask_name(name) if is_person(code) else name


def _masked_form(form: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    personal = {field.name for field in definition.form if field.personal}
    return {name: _masked_answer(answer) if name in personal else answer for name, answer in form.items()}


def _masked_answer(answer: Any) -> Any:
    return [_masked_answer(each) for each in answer] if isinstance(answer, list) else mask_name(str(answer))
