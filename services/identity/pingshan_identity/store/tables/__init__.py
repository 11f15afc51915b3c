"""Tables of identity. Columns that end in `_encrypted` hold personal data (AES-GCM), `_index` its keyed HMAC."""

from pingshan_identity.store.tables.authorization_requests import pushed_request
from pingshan_identity.store.tables.base import metadata
from pingshan_identity.store.tables.clients import (
    client,
    client_assertion,
    client_role,
    connection_test,
    initial_access_token,
)
from pingshan_identity.store.tables.consents import consent
from pingshan_identity.store.tables.devices import device_authorization
from pingshan_identity.store.tables.dual_control import change_request
from pingshan_identity.store.tables.factors import enrolment_code, passkey, password, recovery_code, totp
from pingshan_identity.store.tables.imports import person_import
from pingshan_identity.store.tables.keys import signing_key
from pingshan_identity.store.tables.oauth import (
    access_grant,
    authorization_code,
    dpop_proof,
    refresh_token,
    revoked_token,
)
from pingshan_identity.store.tables.organisations import organisation, section
from pingshan_identity.store.tables.people import person, person_post, post, post_role
from pingshan_identity.store.tables.representations import representation
from pingshan_identity.store.tables.sessions import sso_session
from pingshan_identity.store.tables.sign_in import (
    sign_in_attempt,
    sign_in_throttle,
    sms_challenge,
    upstream_attempt,
    upstream_identity,
)
from pingshan_identity.store.tables.sign_out import logout_delivery, sign_out

__all__ = [
    "access_grant",
    "authorization_code",
    "change_request",
    "client",
    "client_assertion",
    "client_role",
    "connection_test",
    "consent",
    "device_authorization",
    "dpop_proof",
    "enrolment_code",
    "initial_access_token",
    "logout_delivery",
    "metadata",
    "organisation",
    "passkey",
    "password",
    "person",
    "person_import",
    "person_post",
    "post",
    "post_role",
    "pushed_request",
    "recovery_code",
    "refresh_token",
    "representation",
    "revoked_token",
    "section",
    "sign_in_attempt",
    "sign_in_throttle",
    "sign_out",
    "signing_key",
    "sms_challenge",
    "sso_session",
    "totp",
    "upstream_attempt",
    "upstream_identity",
]
