"""Approved templates, numbers, progress of a message to several persons."""

import itertools
import json
from importlib.resources import files
from typing import Any

import pytest
from pingshan_alerts.domain.errors import (
    MobileNumberInvalid,
    RequestInvalid,
    TemplateUnknown,
    TemplateVariablesInvalid,
)
from pingshan_alerts.domain.notification import (
    MOST_ATTEMPTS,
    NotificationState,
    approved,
    best,
    carrier_number,
    check_language,
    next_attempt,
    shortened,
)
from pingshan_alerts.store.seed_files import reference
from pingshan_values.text import LANGUAGES

TEMPLATES = reference().templates
VARIABLES = {name: dict.fromkeys(each.variables, "甲") for name, each in TEMPLATES.items()}


def test_templates_of_the_slice() -> None:
    assert set(TEMPLATES) == {
        "wifi-code",
        "sign-in-code",
        "wifi-quota-used",
        "license-issued",
        "case-closed",
        "alert-raised",
    }


def _file(package: str, folder: str) -> Any:
    return json.loads(files(package).joinpath(folder, "sms_templates.json").read_text("utf-8"))


def test_the_simulated_carrier_has_the_same_templates_registered() -> None:
    ours, theirs = _file("pingshan_alerts", "seed"), _file("pingshan_simulators", "data")
    assert (ours["signature"], ours["templates"]) == (theirs["signature"], theirs["templates"])


@pytest.mark.parametrize("template_id", sorted(TEMPLATES))
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_rendered_with_signature_and_without_gaps(template_id: str, language: str) -> None:
    text = TEMPLATES[template_id].render(VARIABLES[template_id], language)
    assert text.startswith("【坪山政务】")
    assert "{" not in text


@pytest.mark.parametrize("template_id", sorted(TEMPLATES))
def test_both_languages_have_the_same_variables(template_id: str) -> None:
    template = TEMPLATES[template_id]
    marks = {name: f"<{name}>" for name in template.variables}
    assert all(mark in template.render(marks, language) for mark in marks.values() for language in ("zh-Hans", "en"))


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"code": "123456"},
        {"code": "123456", "minutes": "5", "link": "x"},
        {"code": "", "minutes": "5"},
        {"code": "1" * 101, "minutes": "5"},
        {"code": "1\n2", "minutes": "5"},
    ],
)
def test_variables_refused(variables: dict[str, str]) -> None:
    with pytest.raises(TemplateVariablesInvalid):
        TEMPLATES["wifi-code"].check(variables)


def test_braces_in_a_value_are_text() -> None:
    text = TEMPLATES["wifi-code"].render({"code": "{minutes}", "minutes": "5"}, "zh-Hans")
    assert "{minutes}" in text


def test_unknown_template() -> None:
    with pytest.raises(TemplateUnknown):
        approved(TEMPLATES, "lottery")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+8613800000001", "+8613800000001"),
        ("13800000001", "+8613800000001"),
        ("+8675500000001", "+8675500000001"),
        ("+85251234567", "+85251234567"),
    ],
)
def test_number_taken(text: str, number: str) -> None:
    assert carrier_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "+", "12345", "+0123456789", "+8613800000001x", "+１３８０００００００１", "+" + "1" * 16]
)
def test_number_refused(text: str) -> None:
    with pytest.raises(MobileNumberInvalid):
        carrier_number(text)


def test_one_who_has_it_is_enough() -> None:
    order = [
        NotificationState.DELIVERED,
        NotificationState.SENT,
        NotificationState.QUEUED,
        NotificationState.FAILED,
    ]
    for states in itertools.product(order, repeat=3):
        assert best(states) is min(states, key=order.index)
    assert best([]) is NotificationState.FAILED


def test_shortened() -> None:
    assert shortened("一二三", 3) == "一二三"
    assert shortened("一二三四", 3) == "一二…"


def test_the_carrier_may_have_taken_it_twice_and_never_more() -> None:
    assert [next_attempt(NotificationState.QUEUED, attempts) for attempts in range(4)] == [1, 2, None, None]


def test_what_an_operator_tries_again_counts_anew() -> None:
    assert next_attempt(NotificationState.FAILED, MOST_ATTEMPTS) == 1


@pytest.mark.parametrize("language", ["", "fr", "zh", "EN"])
def test_language_refused(language: str) -> None:
    with pytest.raises(RequestInvalid):
        check_language(language)


def test_templates_are_in_every_language() -> None:
    for language in LANGUAGES:
        check_language(language)
        assert all(language in template.texts for template in TEMPLATES.values())
