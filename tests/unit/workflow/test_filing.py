"""Who files, and for whom: names in one line."""

import pytest
from pingshan_workflow.domain.cases.filing import name_violations


@pytest.mark.parametrize(
    "name", ["深圳市坪山区小满餐饮有限公司", "阿卜杜热依木·买买提", "ئابدۇرېھىم", "王\U0002ebf0", "字" * 100]
)
def test_names_of_every_script_are_taken(name: str) -> None:
    assert name_violations("applicant_name", name) == []


@pytest.mark.parametrize("name", ["", "字" * 101, "小\n满", "小\u202e满", "小\u200b满", "小\x1b满", "\ud800"])
def test_a_name_that_is_no_line_is_named(name: str) -> None:
    assert [each.path for each in name_violations("agent_name", name)] == ["agent_name"]
