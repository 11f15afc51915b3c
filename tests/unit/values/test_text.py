"""Text in both languages, and what a database cannot keep."""

from typing import Any

import pytest
from pingshan_values.errors import Invalid, Violation
from pingshan_values.text import Text, is_line, is_storable, is_text, one_line, shown


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


HIDING = [
    *"\0\t\n\r\x07\x0b\x1b\x1f\x7f\x85\x9b",
    *"\u2028\u2029\u200b\u200e\u200f\u061c\u2060\u2063\ufeff\u00ad\u180e\u200c\u200d",
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufff9\ufffb\U000e0041",
    *"\ud800\ufffe\uffff\ufdd0\U0001ffff",
    *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159",
]
NAMES = {
    "Han of level 3, and an extension newer than Python's tables": "㙍䶮𠮷𬱖\U0002ebf0",
    "a form of a Han character": "葛\U000e0100",
    "Uyghur": "ئابدۇرېھىم · مەمەت",
    "Uyghur in Han": "阿卜杜热依木·买买提",
    "a shaping mark in Arabic script": "نام\u200cها",
    "Tibetan": "བཀྲ་ཤིས་ཚེ་རིང༌",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ\u180bᠨ\u180eᠠ",
    "private use": "\ue863",
    "spaces": "Zoë van der Berg\u3000张",
}


@pytest.mark.parametrize("sign", HIDING, ids=lambda sign: f"{ord(sign):04x}")
@pytest.mark.parametrize("form", ["积{}水", "{}积水", "积水{}"])
def test_a_line_has_nothing_that_breaks_turns_or_hides(sign: str, form: str) -> None:
    text = form.format(sign)
    assert not is_line(text, 60)
    assert is_line(one_line(text), 60)
    assert sign not in shown(text)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_line_keeps_what_names_need(name: str) -> None:
    assert is_line(name, 60)
    assert is_text(name, 60)
    assert one_line(name) == name.replace("\u3000", " ")


def test_a_line_has_a_length() -> None:
    assert [is_line(text, 4) for text in ("四个字的", " 四个字的 ", "五个字的名", " ", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("sign", [sign for sign in HIDING if sign not in "\t\n"], ids=lambda sign: f"{ord(sign):04x}")
def test_a_text_of_several_lines_has_line_breaks_and_nothing_else_of_the_kind(sign: str) -> None:
    assert is_text("一行\n\n\t二行\r\n三行", 60)
    assert not is_text(f"一行\n二{sign}行", 60)
    assert not is_text(f"一行\n {sign} \n二行", 60)


@pytest.mark.parametrize("text", ["نام\u200c", "نام\u200c\u200cها", "张\u200d三", "\u180eᠠ", "ᠨ\u180e\u180eᠠ"])
def test_a_mark_that_shapes_no_letter_hides(text: str) -> None:
    assert not is_line(text, 60)


@pytest.mark.parametrize("text", ["\ufe00", "\u3000\U000e0100 ", "\u0301\u0301", "\u180b"])
def test_marks_alone_are_no_text(text: str) -> None:
    """A name must be there to be seen: whoever decides about it by a page reads it."""
    assert not is_line(text, 60)
    assert not is_text(text, 60)


def test_one_line_has_no_gaps() -> None:
    assert one_line(" 积水\n\n【公安局】 \u202e123\x1b") == "积水 【公安局】 123"


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
