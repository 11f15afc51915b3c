"""RFC 6238 appendix B, with six digits; and which step a typed code belongs to."""

from datetime import UTC, datetime

import pyotp
import pytest
from pingshan_identity.domain.factors.totp import matching_step, step_of

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The ASCII secret 12345678901234567890 of the RFC, in base32."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_vectors_of_the_rfc(seconds: int, code: str) -> None:
    step = step_of(datetime.fromtimestamp(seconds, UTC))
    assert matching_step(code, {step: pyotp.TOTP(SECRET).generate_otp(step)}) == step


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345x"])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert matching_step(typed, {1: "123456"}) is None


def test_gaps_do_not_matter() -> None:
    assert matching_step(" 123 456 ", {7: "123456"}) == 7
