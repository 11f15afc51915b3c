"""Retention: for how long identity keeps rows that have served their time."""

from datetime import timedelta

from pingshan_kit.storage.housekeeping import Kept

from pingshan_identity.store.tables import (
    authorization_code,
    client_assertion,
    connection_test,
    device_authorization,
    dpop_proof,
    pushed_request,
    refresh_token,
    revoked_token,
    sign_in_attempt,
    sign_in_throttle,
    sms_challenge,
    upstream_attempt,
)

_DAY = timedelta(days=1)

RETENTION = (
    Kept(client_assertion, "expires_at"),
    Kept(dpop_proof, "expires_at"),
    Kept(pushed_request, "expires_at"),
    Kept(revoked_token, "expires_at"),
    # What comes a second time is recognised, and answered as such, for a day.
    Kept(authorization_code, "expires_at", _DAY),
    Kept(device_authorization, "expires_at", _DAY),
    Kept(refresh_token, "expires_at", _DAY),
    Kept(sign_in_attempt, "expires_at", _DAY),
    Kept(upstream_attempt, "expires_at", _DAY),
    Kept(sms_challenge, "expires_at", 2 * _DAY),  # after the attempts that refer to it
    Kept(sign_in_throttle, "attempted_at", _DAY),
    Kept(connection_test, "begun_at", timedelta(days=30)),
)
