"""What the columns hold, as the tables say it."""

from pingshan_kit.migrations.steps import execute_script

revision = "0006"
down_revision = "0005"

_COMMENTS = """
COMMENT ON COLUMN revoked_token.token_id IS 'the jti claim';
COMMENT ON COLUMN signing_key.private_encrypted IS 'empty once its last token is dead';
COMMENT ON COLUMN sms_challenge.mobile_encrypted IS 'where the number is not known otherwise: a sign-in of the public';
COMMENT ON COLUMN person.leaves_on IS 'from this day on nobody signs in';
COMMENT ON COLUMN change_request.subject IS 'what would change, for example person:<id> or client:<id>';
COMMENT ON COLUMN change_request.details IS 'ids and codes, no personal data';
COMMENT ON COLUMN change_request.decision IS 'approved, refused or withdrawn';
COMMENT ON COLUMN change_request.outcome_encrypted IS 'a secret that the proposer fetches once';
COMMENT ON COLUMN person_import.passwords_encrypted IS 'initial passwords, until they are fetched once';
COMMENT ON COLUMN totp.attempt_hash IS 'the sign-in under way that proposed it';
COMMENT ON COLUMN access_grant.audience IS 'of its tokens; the client itself where empty';
COMMENT ON COLUMN access_grant.claims IS 'OpenID Connect Core section 5.5';
COMMENT ON COLUMN sign_in_attempt.attempt_hash IS 'SHA-256 of the random id in the page''s address';
COMMENT ON COLUMN sign_in_attempt.browser_hash IS 'SHA-256 of the browser''s CSRF token';
COMMENT ON COLUMN sign_in_attempt.level IS 'assurance level to reach';
COMMENT ON COLUMN sign_in_attempt.acr IS 'assurance level reached so far';
COMMENT ON COLUMN sign_in_attempt.session_id IS 'the session that a step-up raises';
COMMENT ON COLUMN sign_in_attempt.challenge IS 'WebAuthn challenge that was shown last';
COMMENT ON COLUMN sign_out.session_id IS 'empty: every session of the person';
COMMENT ON COLUMN sign_out.requested_by IS 'Actor.id';
COMMENT ON COLUMN sign_out.receipt IS 'JWS, once every system confirmed or can no longer be reached';
COMMENT ON COLUMN logout_delivery.state IS 'pending, confirmed, unsupported or given-up';
COMMENT ON COLUMN logout_delivery.failure IS 'a code: why the last attempt was not confirmed';
COMMENT ON COLUMN logout_delivery.alive_until IS 'latest end of a token of a system that cannot be told';
COMMENT ON COLUMN refresh_token.answer_encrypted IS 'the response, for the replay window';
"""


def upgrade() -> None:
    execute_script(_COMMENTS)
