"""Reads answers to a definition's form from text or JSON, and names every violation at once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, is_line, shown

from pingshan_workflow.domain.definitions import expression, facts
from pingshan_workflow.domain.definitions.definition import Field, FieldType

MAX_TEXT = 200
MAX_NUMBER = Decimal(1_000_000_000)

Answer = str | bool | int | list[str]


class _Wrong(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def examine_form(fields: Sequence[Field], given: Mapping[str, Any]) -> tuple[dict[str, Answer], list[Violation]]:
    """Returns the answers that can be read, in their JSON form, without empty ones, and every violation."""
    unknown = sorted(set(given) - {field.name for field in fields})
    wrong = {name: Violation(f"form.{shown(name)}", "没有这一项", "There is no such field") for name in unknown}
    answers: dict[str, Answer] = {}
    for field in fields:
        try:
            answer = _READERS[field.type](field, given.get(field.name))
        except _Wrong as error:
            wrong[field.name] = Violation(f"form.{field.name}", error.zh, error.en)
            continue
        if answer is not None:
            answers[field.name] = answer
    missing = [_missing(field) for field in _required(fields, answers) if field.name not in {**answers, **wrong}]
    return answers, [*wrong.values(), *missing]


def _required(fields: Sequence[Field], answers: Mapping[str, Answer]) -> list[Field]:
    names = facts.form_names(tuple(fields))
    values = facts.form_values(tuple(fields), answers)
    return [field for field in fields if field.required_when and _holds(field.required_when, names, values)]


def _missing(field: Field) -> Violation:
    return Violation(f"form.{field.name}", f"请填写：{field.title.zh}", f"Please answer: {field.title.en}")


def _holds(text: str, names: Mapping[str, expression.Type], values: Mapping[str, expression.Value]) -> bool:
    node = expression.parse(text)
    expression.check(node, names)
    return expression.evaluate(node, values) is True


def _text(field: Field, given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise _Wrong("应为文字", "Must be text")
    text = given.strip()
    if len(text) > (field.maximum or MAX_TEXT):
        raise _Wrong(f"最多 {field.maximum or MAX_TEXT} 个字", f"At most {field.maximum or MAX_TEXT} characters")
    if text and not is_line(text, len(text)):
        raise _Wrong(f"应为{ONE_LINE.zh}", f"Must be text {ONE_LINE.en}")
    return text or None


def _decimal(field: Field, given: Any) -> Decimal | None:
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise _Wrong("应为数字", "Must be a number")
    try:
        number = Decimal(str(given).strip())
    except InvalidOperation:
        raise _Wrong("应为数字", "Must be a number") from None
    most = field.maximum or MAX_NUMBER
    if not number.is_finite() or not field.minimum <= number <= most:
        raise _Wrong(f"应在 {field.minimum} 到 {most} 之间", f"From {field.minimum} to {most}")
    if round(number, 6) != number:
        raise _Wrong("最多六位小数", "At most six decimal places")
    return number


def _number(field: Field, given: Any) -> str | None:
    number = _decimal(field, given)
    return None if number is None else f"{number.normalize():f}"


def _integer(field: Field, given: Any) -> int | None:
    number = _decimal(field, given)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise _Wrong("应为整数", "Must be a whole number")
    return int(number)


def _boolean(_field: Field, given: Any) -> bool | None:
    known: Mapping[Any, bool] = {True: True, False: False, "yes": True, "no": False}
    if given is None or given == "":
        return None
    if not isinstance(given, bool | str) or given not in known:
        raise _Wrong("请选择“是”或“否”", "Choose yes or no")
    return known[given]


def _choice(field: Field, given: Any) -> str | None:
    if given is None or given == "":
        return None
    if given not in [option.value for option in field.options]:
        raise _Wrong("请从所列选项中选择", "Choose one of the options")
    return str(given)


def _choices(field: Field, given: Any) -> list[str] | None:
    chosen = [given] if isinstance(given, str) else given
    if not chosen:
        return None
    allowed = [option.value for option in field.options]
    if not isinstance(chosen, list | tuple) or any(item not in allowed for item in chosen):
        raise _Wrong("请从所列选项中选择", "Choose from the options")
    return [value for value in allowed if value in chosen]


_READERS = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.INTEGER: _integer,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
}
