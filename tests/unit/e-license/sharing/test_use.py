"""Receipts commit to all that the holder sees, and reveal nothing without the salt."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from pingshan_e_license.domain.sharing.use import DataUse, UseBasis, commitment, receipt_claims

USE = DataUse(
    use_id=UUID(int=7),
    number=3,
    holder_code="440310199003070015",
    requester="education",
    basis=UseBasis.CONSENT,
    item="SI-15",
    types=("housing-lease-registration",),
    purpose="2026 年秋季学位",
    fields=("lease_from",),
    predicates={"is_tenant_at": True},
    result="found",
    consent_id=UUID(int=8),
    used_at=datetime(2026, 11, 30, 1, tzinfo=UTC),
)


def test_a_statement_is_the_use() -> None:
    assert DataUse.from_statement(USE.statement()) == USE
    without = replace(USE, consent_id=None)
    assert DataUse.from_statement(without.statement()) == without


def test_a_receipt_has_no_personal_data() -> None:
    claims = receipt_claims(USE, "salt", "http://localhost")
    assert set(claims) == {"iss", "iat", "jti", "number", "commitment"}
    assert USE.holder_code not in str(claims)


def test_a_commitment_covers_every_member_and_the_salt() -> None:
    statement = USE.statement()
    given = commitment(statement, "salt")
    assert len(given) == 43
    assert commitment(statement, "other") != given
    for name in statement:
        assert commitment(statement | {name: "changed"}, "salt") != given
