"""Text in both languages, and what a database cannot keep."""

from typing import Any

import pytest
from pingshan_values.errors import Invalid, Violation
from pingshan_values.text import Text, is_storable, is_text, shown


def test_every_language_but_english_reads_chinese() -> None:
    name = Text("水务局", "Water Bureau")
    assert [name.in_language(tag) for tag in ("en", "zh-Hans", "fr")] == ["Water Bureau", "水务局", "水务局"]


@pytest.mark.parametrize("value", ["𬱖㭎", "", {"名": ["x", 1, None, True]}, ("a", "b"), 3.5])
def test_what_can_be_kept(value: Any) -> None:
    assert is_storable(value)


@pytest.mark.parametrize("value", ["a\0", "\ud800", {"\udfff": 1}, {"a": [{"b": "\0"}]}, ("a", "\0")])
def test_what_cannot_be_kept(value: Any) -> None:
    assert not is_storable(value)


@pytest.mark.parametrize(
    ("text", "right"), [("四个字的", True), (" 四个字的 ", True), ("五个字的名", False), (" ", False)]
)
def test_a_text_has_a_length(text: str, right: bool) -> None:
    assert is_text(text, 4) is right


def test_a_text_that_cannot_be_kept_is_no_text() -> None:
    assert not is_text("a\0", 4)


def test_what_is_repeated_of_an_input_is_short_and_printable() -> None:
    assert shown("x" * 100) == "x" * 60
    assert shown("\ud800") == "?"


def test_a_refusal_counts_its_violations() -> None:
    wrong = Violation("form.area", "应为数字", "Must be a number")
    refused = Invalid([wrong, wrong])
    assert (refused.params, refused.violations) == ({"count": 2}, (wrong, wrong))
    assert wrong.sentence.in_language("en") == "Must be a number"
