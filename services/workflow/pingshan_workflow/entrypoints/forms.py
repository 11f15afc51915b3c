"""Translates between HTML forms and what use cases take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pingshan_kit.errors import InvalidRequest, merged, refusal
from pingshan_ui.environment import Said
from starlette.datastructures import FormData
from starlette.requests import Request

from pingshan_workflow.domain.cases.filing import Filing
from pingshan_workflow.domain.definitions.definition import Definition, FieldType
from pingshan_workflow.domain.errors import ApplicantCodeInvalid, NotApplicant, ReasonRequired
from pingshan_workflow.entrypoints.errors import ERRORS

_PERSON = ("applicant_name", "applicant_code", "agent_name", "agent_mobile")
_FIELDS_OF_ERRORS: Mapping[type[Exception], str] = {
    ApplicantCodeInvalid: "applicant_code",
    NotApplicant: "applicant_code",
    ReasonRequired: "comment",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Describes a refusal for a page: sentences by field name, and `text`, which belongs to no field."""

    status: int
    text: Said
    fields: Mapping[str, Said]

    @property
    def summary(self) -> list[tuple[str | None, Said]]:
        named: list[tuple[str | None, Said]] = list(self.fields.items())
        return named or [(None, self.text)]


def problem(request: Request, error: Exception) -> Problem:
    refused = refusal(error, merged(ERRORS))
    fields = {item.path: Said(request, item.sentence.in_language) for item in refused.violations}
    text = Said(request, refused.sentence)
    name = _FIELDS_OF_ERRORS.get(type(error))
    if name:
        fields[name] = text
    return Problem(refused.http, text, fields)


def filing_of(form: FormData, definition: Definition) -> Filing:
    """Returns what the person has filled in so far, unchecked."""
    person = {name: _one(form, name) for name in _PERSON}
    answers: dict[str, Any] = {}
    for field in definition.form:
        name = f"form.{field.name}"
        if name in form:
            many = field.type is FieldType.CHOICES
            answers[field.name] = [str(value) for value in form.getlist(name)] if many else _one(form, name)
    return Filing(process=definition.code, form=answers, **person)


def hidden_fields(filing: Filing) -> Iterator[tuple[str, str]]:
    """Yields the filing as hidden fields, so that nothing is stored on the way to the submission."""
    for name in _PERSON:
        yield name, str(getattr(filing, name))
    for name, answer in filing.form.items():
        for value in answer if isinstance(answer, list) else [answer]:
            yield (
                f"form.{name}",
                {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value),
            )


async def request_id(request: Request) -> UUID:
    """Returns the hidden field that makes a form do its act once. Raises InvalidRequest where it is no UUID."""
    form = await request.form()
    try:
        return UUID(_one(form, "request_id"))
    except ValueError:
        raise InvalidRequest(
            [("request_id", "页面已过期，请刷新后重试", "The page has expired; please reload it")]
        ) from None


def _one(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
