"""Forms: every violation at once, and answers in one exact form."""

from typing import Any

import pytest
from pingshan_values.text import Text
from pingshan_workflow.domain.cases.applicant import ensure_applicant_code, holder_code_type
from pingshan_workflow.domain.definitions.definition import ApplicantKind, Field, FieldType, Option
from pingshan_workflow.domain.definitions.form import Answer, examine_form
from pingshan_workflow.domain.errors import ApplicantCodeInvalid

WORD = Text("名", "name")
FIELDS = (
    Field("name", FieldType.TEXT, WORD, required_when="true", maximum=5),
    Field("area", FieldType.NUMBER, WORD, minimum=1, maximum=1000),
    Field("count", FieldType.INTEGER, WORD, required_when="form.kitchen", minimum=1),
    Field("kitchen", FieldType.BOOLEAN, WORD),
    Field("method", FieldType.CHOICE, WORD, options=(Option("a", WORD), Option("b", WORD))),
    Field("items", FieldType.CHOICES, WORD, options=(Option("x", WORD), Option("y", WORD))),
)


def wrong(given: dict[str, Any]) -> dict[str, str]:
    _, violations = examine_form(FIELDS, given)
    return {violation.path: violation.zh for violation in violations}


def right(given: dict[str, Any]) -> dict[str, Answer]:
    answers, violations = examine_form(FIELDS, given)
    assert not violations
    return answers


def test_answers_are_brought_into_one_form() -> None:
    given = {"name": " 小满 ", "area": "12.50", "count": "2", "kitchen": "yes", "method": "a", "items": ["y", "x"]}
    assert right(given) == {
        "name": "小满",
        "area": "12.5",
        "count": 2,
        "kitchen": True,
        "method": "a",
        "items": ["x", "y"],
    }


def test_what_was_read_reads_the_same_again() -> None:
    first = right({"name": "小满", "area": 12.5, "count": 2.0, "kitchen": True, "items": "x"})
    assert right(first) == first


def test_rare_characters_survive() -> None:
    assert right({"name": "𬱖㭎\U0002ebf0"})["name"] == "𬱖㭎\U0002ebf0"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "form.name"),
        ({"name": "六个字的名称"}, "form.name"),
        ({"name": "小\n满"}, "form.name"),
        ({"name": "小\ud800"}, "form.name"),
        ({"name": "小\u202e满"}, "form.name"),
        ({"name": "小\u2028满"}, "form.name"),
        ({"name": "小\x9b满"}, "form.name"),
        ({"name": 5}, "form.name"),
        ({"name": "小满", "area": "0"}, "form.area"),
        ({"name": "小满", "area": "1e5"}, "form.area"),
        ({"name": "小满", "area": "NaN"}, "form.area"),
        ({"name": "小满", "area": "many"}, "form.area"),
        ({"name": "小满", "area": True}, "form.area"),
        ({"name": "小满", "area": "1.1234567"}, "form.area"),
        ({"name": "小满", "count": "1.5"}, "form.count"),
        ({"name": "小满", "kitchen": True}, "form.count"),
        ({"name": "小满", "kitchen": "maybe"}, "form.kitchen"),
        ({"name": "小满", "kitchen": ["yes"]}, "form.kitchen"),
        ({"name": "小满", "method": "c"}, "form.method"),
        ({"name": "小满", "method": ["a"]}, "form.method"),
        ({"name": "小满", "items": ["x", "z"]}, "form.items"),
        ({"name": "小满", "items": {"x": 1}}, "form.items"),
        ({"name": "小满", "surprise": "1"}, "form.surprise"),
        ({"name": "小满", "\ud800": "1"}, "form.?"),
    ],
)
def test_each_wrong_answer_is_named(given: dict[str, Any], path: str) -> None:
    assert set(wrong(given)) == {path}


def test_all_at_once() -> None:
    assert set(wrong({"area": "-1", "kitchen": True})) == {"form.name", "form.area", "form.count"}


COMPANY, PERSON = "91440310TEXT10001", "11010519491231002X"


def test_kinds_of_applicants() -> None:
    ensure_applicant_code(ApplicantKind.PERSON, PERSON)
    ensure_applicant_code(ApplicantKind.ANY, PERSON)
    assert holder_code_type(PERSON) == "111"
    for kind, code in (
        (ApplicantKind.ORGANISATION, PERSON),
        (ApplicantKind.ANY, COMPANY + "?"),
        (ApplicantKind.ANY, ""),
    ):
        with pytest.raises(ApplicantCodeInvalid):
            ensure_applicant_code(kind, code)
