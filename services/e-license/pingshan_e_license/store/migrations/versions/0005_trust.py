"""Keys that sign licences, and the budgets of verifications without a sign-in."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0005"
down_revision = "0004"

_ISSUER_KEY = """
CREATE TABLE issuer_key (
    kid TEXT NOT NULL,
    agency TEXT,
    algorithm TEXT NOT NULL,
    public_jwk JSONB NOT NULL,
    private_encrypted BYTEA,
    not_before TIMESTAMP WITH TIME ZONE NOT NULL,
    not_after TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revocation_reason TEXT,
    seal BYTEA NOT NULL,
    CONSTRAINT pk_issuer_key PRIMARY KEY (kid),
    CONSTRAINT ck_issuer_key_period CHECK (not_after >= not_before),
    CONSTRAINT ck_issuer_key_revocation CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);
COMMENT ON COLUMN issuer_key.kid IS 'JWK thumbprint (RFC 7638)';
COMMENT ON COLUMN issuer_key.agency IS 'none for the key that all agencies shared before';
COMMENT ON COLUMN issuer_key.private_encrypted IS 'none where it lies in a file';
COMMENT ON COLUMN issuer_key.not_after IS 'when it stops to sign';
COMMENT ON COLUMN issuer_key.revoked_at IS 'from when on what it signed counts no more';
COMMENT ON COLUMN issuer_key.seal IS 'keyed HMAC of the row: nobody adds a key by SQL alone';
"""

_PUBLIC_VERIFICATION_BUDGET = """
CREATE TABLE public_verification_budget (
    key BYTEA NOT NULL,
    attempts INTEGER NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_public_verification_budget PRIMARY KEY (key)
);
COMMENT ON COLUMN public_verification_budget.key IS 'keyed HMAC of an address, or of what all addresses share';
CREATE INDEX ix_public_verification_budget_attempted_at ON public_verification_budget (attempted_at);
"""


def upgrade() -> None:
    for script in (_ISSUER_KEY, _PUBLIC_VERIFICATION_BUDGET):
        execute_script(script)
