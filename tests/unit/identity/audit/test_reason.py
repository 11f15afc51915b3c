import pytest
from pingshan_identity.domain.audit.reason import LONGEST, check_reason
from pingshan_identity.domain.errors import ReasonRequired


def test_a_reason_is_kept_without_spaces_and_cut() -> None:
    assert check_reason(f"  {'因' * (LONGEST + 1)}") == "因" * LONGEST
    for nothing in ("", " \n"):
        with pytest.raises(ReasonRequired):
            check_reason(nothing)
