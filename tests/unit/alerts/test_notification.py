"""Approved templates, numbers, progress of a message to several persons."""

import itertools
import json
import re
from importlib.resources import files
from typing import Any

import pytest
from pingshan_alerts.domain.errors import (
    MobileNumberInvalid,
    RequestInvalid,
    TemplateNotOfCaller,
    TemplateUnknown,
    TemplateVariablesInvalid,
)
from pingshan_alerts.domain.notification import (
    MOST_UNANSWERED,
    NotificationState,
    approved,
    as_variable,
    best,
    carrier_number,
    check_language,
    next_attempt,
)
from pingshan_alerts.store.seed_files import reference
from pingshan_values.text import LANGUAGES

TEMPLATES = reference().templates
SAMPLES = {"code": "482913", "minutes": "5", "rate_kbps": "256", "deadline": "11-30 08:15"}
VARIABLES = {name: {each: SAMPLES.get(each, "甲") for each in known.variables} for name, known in TEMPLATES.items()}


def test_templates_of_the_slice() -> None:
    assert set(TEMPLATES) == {
        "wifi-code",
        "sign-in-code",
        "sign-in-reset",
        "wifi-quota-used",
        "license-issued",
        "license-changed",
        "case-closed",
        "alert-raised",
    }


def _file(package: str, folder: str) -> Any:
    return json.loads(files(package).joinpath(folder, "sms_templates.json").read_text("utf-8"))


def test_the_simulated_carrier_has_the_same_templates_registered() -> None:
    ours, theirs = _file("pingshan_alerts", "seed"), _file("pingshan_simulators", "data")
    registered = [{key: each[key] for key in ("id", *LANGUAGES)} for each in ours["templates"]]
    assert (ours["signature"], registered) == (theirs["signature"], theirs["templates"])


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
        {"code": "1\u202e2", "minutes": "5"},
        {"code": "【公安局】", "minutes": "5"},
        {"code": "︻公安局", "minutes": "5"},
        {"code": "请回电138", "minutes": "5"},
        {"code": "１２３４５６", "minutes": "5"},
        {"code": "123456", "minutes": "5 t.cn"},
        {"code": "123456\n", "minutes": "5"},
    ],
)
def test_variables_refused(variables: dict[str, str]) -> None:
    with pytest.raises(TemplateVariablesInvalid):
        TEMPLATES["wifi-code"].check("wifi-portal", variables)


@pytest.mark.parametrize("template_id", sorted(TEMPLATES))
def test_a_template_is_for_its_callers_only(template_id: str) -> None:
    template = TEMPLATES[template_id]
    assert template.callers
    for service in {"identity", "e-license", "workflow", "wifi-portal", "alerts"} - template.callers:
        with pytest.raises(TemplateNotOfCaller):
            template.check(service, VARIABLES[template_id])


@pytest.mark.parametrize("template_id", sorted(TEMPLATES))
def test_a_template_says_of_each_variable_what_it_looks_like(template_id: str) -> None:
    template = TEMPLATES[template_id]
    for text in template.texts.values():
        assert set(re.findall(r"\{([a-z_]+)\}", text)) == set(template.variables)


@pytest.mark.parametrize("template_id", sorted(TEMPLATES))
def test_what_another_service_sends_has_budgets(template_id: str) -> None:
    template = TEMPLATES[template_id]
    if template.callers != {"alerts"}:
        assert template.per_number
        assert template.per_caller
        assert template.per_number.most <= 10
        assert template.per_caller.most <= reference().messages.most


def test_no_service_can_use_up_what_the_others_need() -> None:
    """What one caller may send in a minute is less than all may send."""
    for caller in {caller for each in TEMPLATES.values() for caller in each.callers} - {"alerts"}:
        own = sum(each.per_caller.most for each in TEMPLATES.values() if caller in each.callers and each.per_caller)
        assert own < reference().messages.most, caller


FOREIGN = [
    "https://evil.example/x",
    "请点 http://evil",
    "weixin://dl/business",
    "www.evil",
    "WWW。evil",
    "积水 evil.com",
    "积水evil.com/a?b=c",
    "t.cn/A6x",
    "点t.cn领取",
    "evil。com",
    "ｅｖｉｌ．ｃｏｍ",
    "evil․com",
    "xn--fiq228c.xn--55qx5d",
    "坪山.中国",
    "某某.公司/领奖",
    "a@evil.com",
    "10.0.0.1/x",
    "10.0.0.1:8080",
    "evil.top",
]


@pytest.mark.parametrize("value", FOREIGN)
def test_no_value_leads_somewhere_else(value: str) -> None:
    values = VARIABLES["alert-raised"]
    with pytest.raises(TemplateVariablesInvalid):
        TEMPLATES["alert-raised"].check("alerts", values | {"title": value})
    shown = as_variable(f"积水三处 {value} 请处置", 60)
    TEMPLATES["alert-raised"].check("alerts", values | {"title": shown})
    assert shown.startswith("积水三处")
    assert "…" in shown


@pytest.mark.parametrize(
    "value",
    [
        "积水。请绕行",
        "水深 0.35m，第3.5标段",
        "1.2.156.3005.2.11100000000013127D035.11440310MB2C11111X.2024000001.001.P",
        "GJ-2026-000001",
        "坪山大道 10.1 km 处",
        "无线控制器 PS-NAS-04（10.53.0.4）停止服务",
        "Ponding: 3 lanes. Drive slowly.",
        "Water 0.4 m. At 5 p.m. closed",
        "见附件。已处理",
        "1.公司已停业",
    ],
)
def test_what_is_no_address_stays(value: str) -> None:
    assert as_variable(value) == value
    TEMPLATES["alert-raised"].check("alerts", VARIABLES["alert-raised"] | {"title": value})


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


def test_a_variable_is_cut() -> None:
    assert as_variable("一二三", 3) == "一二三"
    assert as_variable("一二三四", 3) == "一二…"


@pytest.mark.parametrize(
    "title",
    ["积水\n\n【公安局】请点 evil.example \u202e123", "积水︻公安局︼", "积水〖公安局〗", "积水︗公安局︘\x1b\u200b"],
)
def test_no_stored_text_begins_a_second_signature(title: str) -> None:
    variables = VARIABLES["alert-raised"] | {"title": as_variable(title, 60)}
    TEMPLATES["alert-raised"].check("alerts", variables)
    text = TEMPLATES["alert-raised"].render(variables, "zh-Hans")
    assert text.count("【") == text.count("】") == 1
    assert "\n" not in text
    assert "〔公安局〕" in text


def test_the_carrier_may_have_taken_it_twice_and_never_more() -> None:
    assert [next_attempt(NotificationState.QUEUED, attempts) for attempts in range(4)] == [1, 2, None, None]


def test_what_an_operator_tries_again_counts_anew() -> None:
    assert next_attempt(NotificationState.FAILED, MOST_UNANSWERED) == 1


@pytest.mark.parametrize("language", ["", "fr", "zh", "EN"])
def test_language_refused(language: str) -> None:
    with pytest.raises(RequestInvalid):
        check_language(language)


def test_templates_are_in_every_language() -> None:
    for language in LANGUAGES:
        check_language(language)
        assert all(language in template.texts for template in TEMPLATES.values())
