"""Whether what an upstream proves contradicts what is known."""

import pytest
from pingshan_identity.domain.sign_in.upstream import Known, Proven, contradicts

A, B = "440310199003070015", "440310198502140001"


@pytest.mark.parametrize(
    ("known", "proven", "contradiction"),
    [
        (Known("p", "", None, 1), Proven("s", "何新来", A), False),
        (Known("p", "小何", None, 1), Proven("s", "何新来", A), False),
        (Known("p", "何新来", A, 2), Proven("s", "何新来", A), False),
        (Known("p", "何新来", A, 2), Proven("s"), False),
        (Known("p", "何新来", A, 2), Proven("s", "何新来", B), True),
        (Known("p", "", A, 1), Proven("s", "何新来", B), True),
        (Known("p", "何新来", A, 2), Proven("s", "何旧来", A), True),
    ],
)
def test_contradictions(known: Known, proven: Proven, contradiction: bool) -> None:
    assert contradicts(known, proven) is contradiction


def test_a_real_name_is_a_name_with_its_number() -> None:
    assert Proven("s", "何新来", A).is_real_name
    assert not Proven("s", "何新来").is_real_name
    assert not Proven("s", None, A).is_real_name
