"""An administrator reads everything that is wrong with a form at once."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.organisations.section import check_section_names
from pingshan_identity.domain.people.staff_form import Reference, StaffForm, check_joining, check_moving

SECTION = UUID(int=1)
REFERENCE = Reference(
    frozenset({"water", "drc"}), {SECTION: "water"}, frozenset({"officer"}), {"auditor": ("审计员", "Auditor")}
)
FORM = StaffForm("water03", "㙍䶮𠮷", "water", SECTION, ("officer",), "13800000000", date(2026, 12, 1), None)


def test_a_good_form_passes() -> None:
    check_joining(FORM, REFERENCE)
    check_moving(FORM, REFERENCE)


def test_everything_that_is_wrong_is_named() -> None:
    wrong = StaffForm("3", " ", "moon", None, ("auditor",), "1", date(2026, 12, 2), date(2026, 12, 1))
    with pytest.raises(RequestInvalid) as refused:
        check_joining(wrong, REFERENCE)
    named = ["login_name", "name", "mobile_number", "organisation", "posts", "until"]
    assert [each.path for each in refused.value.violations] == named
    with pytest.raises(RequestInvalid) as refused:
        check_moving(wrong, REFERENCE)
    assert [each.path for each in refused.value.violations] == named[3:]


def test_posts_are_named_as_people_call_them() -> None:
    with pytest.raises(RequestInvalid) as refused:
        check_moving(replace(FORM, posts=("auditor", "moon")), REFERENCE)
    [said] = refused.value.violations
    assert ("审计员、moon" in said.sentence.zh, "Auditor, moon" in said.sentence.en) == (True, True)


@pytest.mark.parametrize("name", ["王\u202e立夏", "王\n立夏", "王\u200b立夏", "王立夏\U000e0041"])
def test_a_name_is_one_line_and_has_nothing_hidden(name: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        check_joining(replace(FORM, name=name), REFERENCE)
    assert [each.path for each in refused.value.violations] == ["name"]
    with pytest.raises(RequestInvalid) as refused:
        check_section_names("水质科", name)
    assert [each.path for each in refused.value.violations] == ["name_en"]


def test_a_section_belongs_to_its_organisation() -> None:
    with pytest.raises(RequestInvalid):
        check_moving(replace(FORM, organisation="drc"), REFERENCE)


def test_a_section_has_two_names() -> None:
    check_section_names("水质科", "Water quality")
    for zh, en in (("水质科", ""), (" ", "Water quality"), ("水" * 61, "Water quality")):
        with pytest.raises(RequestInvalid):
            check_section_names(zh, en)
