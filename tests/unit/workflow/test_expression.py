"""The expression language: what it means, what it refuses, and that whatever type-checks has a value."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_workflow.domain.definitions.expression import (
    ZERO,
    ExpressionError,
    Type,
    Value,
    check,
    evaluate,
    parse,
)

NAMES = {
    "form.area": Type.NUMBER,
    "form.has_kitchen": Type.BOOLEAN,
    "form.shop_name": Type.TEXT,
    "form.items": Type.TEXTS,
}
VALUES: dict[str, Value] = {
    "form.area": Decimal("128.5"),
    "form.has_kitchen": True,
    "form.shop_name": "小满",
    "form.items": ("热食", "冷食"),
}


def value(text: str) -> Value:
    node = parse(text)
    check(node, NAMES)
    return evaluate(node, VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("form.area >= 100 and form.has_kitchen", True),
        ("not form.has_kitchen or form.area < 50", False),
        ("not not form.has_kitchen", True),
        ("form.area * 2 - 57", Decimal(200)),
        ("0.1 + 0.2 == 0.3", True),
        ("-form.area / 2", Decimal("-64.25")),
        ("1 - -1", Decimal(2)),
        ("10 - 3 - 2", Decimal(5)),
        ("2 + 3 * 4", Decimal(14)),
        ("(2 + 3) * 4", Decimal(20)),
        ('"热食" in form.items', True),
        ('"生食" not in form.items', True),
        ("3 in [1, 2, 3]", True),
        ('form.shop_name in ["小满", "立夏"]', True),
        ("form.shop_name == '小满'", True),
        ("form.items == ['热食', '冷食']", True),
        ("true != false", True),
        ("[]", ()),
        ("false and form.has_kitchen == true", False),
    ],
)
def test_values(text: str, expected: Value) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "form.area >",
        "(1",
        "[1, 2",
        "1 2",
        "len(form.items)",
        "form.area()",
        "form.",
        "a = 1",
        "'open",
        "1 < 2 < 3",
        "__import__",
        "form.area.x",
        "form.nothing",
        "1 + true",
        "form.area and form.has_kitchen",
        "not 1",
        "-form.has_kitchen",
        "form.shop_name < 'x'",
        "form.area == 'x'",
        "[1, 'a']",
        "[true]",
        "1 in form.items",
        "form.has_kitchen in [1]",
        "1 / 0",
        "1 / form.area",
        "1 / 0.0",
        "(" * 50 + "1" + ")" * 50,
        "not " * 60 + "true",
        " + ".join(["1"] * 300),
        "x" * 2001,
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text)


def test_the_longest_expression_evaluates() -> None:
    assert value(" + ".join(["1"] * 99)) == Decimal(99)


def test_empty_answers_have_the_zero_value() -> None:
    node = parse("form.area == 0 and not form.has_kitchen and form.shop_name == '' and form.items == []")
    assert evaluate(node, {name: ZERO[kind] for name, kind in NAMES.items()}) is True


numbers = st.decimals(0, 10**9, places=3, allow_nan=False).map(lambda number: f"{number:f}") | st.just("form.area")
texts = st.sampled_from(["'a'", '"热食"', "form.shop_name"])
booleans = st.sampled_from(["true", "false", "form.has_kitchen"])


def extended(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/"])
    joined = st.tuples(parts, operators, parts).map(" ".join)
    return joined | parts.map("({})".format) | parts.map("not {}".format) | parts.map("-{}".format)


@given(st.recursive(numbers | texts | booleans, extended, max_leaves=12))
def test_whatever_type_checks_has_a_value_of_its_type(text: str) -> None:
    try:
        node = parse(text)
        found = check(node, NAMES)
    except ExpressionError:
        return
    expected = {Type.NUMBER: Decimal, Type.TEXT: str, Type.BOOLEAN: bool, Type.TEXTS: tuple, Type.NUMBERS: tuple}
    result = evaluate(node, VALUES)
    assert isinstance(result, expected[found])
    assert evaluate(node, VALUES) == result


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - either outcome is right
