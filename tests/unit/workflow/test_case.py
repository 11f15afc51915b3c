"""The number of a case, as people read it and as addresses carry it."""

import pytest
from pingshan_workflow.domain.cases.case import is_case_id, numbered


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "2026-000001"), (999_999, "2026-999999"), (1_000_000, "2026-1000000")]
)
def test_a_case_is_numbered_within_its_year(number: int, expected: str) -> None:
    assert numbered(2026, number) == expected
    assert is_case_id(expected)


@pytest.mark.parametrize("text", ["", "2026-1", "26-000001", "2026-000001.amr", "2026-000001\n", "２０２６-000001"])
def test_what_is_no_case_id(text: str) -> None:
    assert not is_case_id(text)
