import pytest
from pingshan_identity.domain.audit.reason import LONGEST, check_reason, tidy_reason
from pingshan_identity.domain.errors import ReasonRequired


def test_a_reason_is_kept_without_spaces_and_cut() -> None:
    assert check_reason(f"  {'因' * (LONGEST + 1)}") == "因" * LONGEST
    assert tidy_reason(" ") == ""
    for nothing in ("", " \n", "离\n职", "离\u202e职", "\u200b"):
        with pytest.raises(ReasonRequired):
            check_reason(nothing)
