"""RFC 8628 sections 3.5 and 6.1."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pingshan_identity.domain.devices.device_authorization import (
    SLOWER,
    DeviceAuthorization,
    device_scope,
    longer_wait,
    new_user_code,
    normalise,
)
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError

from tests.support.identity.samples import SYSTEM

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
OPEN = DeviceAuthorization("wall", "openid", None, None, NOW + timedelta(minutes=5), 5, None, None, None, None)


def test_user_codes_survive_how_people_type() -> None:
    for _ in range(50):
        code = new_user_code()
        assert normalise(code.lower().replace("-", " ")) == code
    assert [normalise(typed) for typed in ("", "BCDF-GHJ", "BCDF-GHJA", "BCDFGHJKL", "12345678")] == [None] * 5


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, "authorization_pending"),
        ({"polled_at": NOW - timedelta(seconds=4)}, "slow_down"),
        ({"polled_at": NOW - timedelta(seconds=6)}, "authorization_pending"),
        ({"denied_at": NOW}, "access_denied"),
        ({"expires_at": NOW}, "expired_token"),
        ({"used_at": NOW, "grant_id": uuid4()}, "expired_token"),
    ],
)
def test_what_a_poll_is_told(changed: dict[str, object], error: str) -> None:
    with pytest.raises(OAuthError) as refused:
        replace(OPEN, **changed).check_poll(NOW)
    assert refused.value.code == error


def test_an_allowed_device_gets_its_grant() -> None:
    grant = uuid4()
    assert replace(OPEN, grant_id=grant).check_poll(NOW) == grant


@pytest.mark.parametrize(
    ("form", "scope"),
    [({}, "openid"), ({"scope": "openid profile email"}, "openid profile"), ({"scope": "profile"}, None)],
)
def test_what_a_device_may_ask_for(form: dict[str, str], scope: str | None) -> None:
    parameters = Parameters(form.items())
    if scope is not None:
        assert device_scope(SYSTEM, parameters) == scope
        return
    with pytest.raises(OAuthError) as refused:
        device_scope(SYSTEM, parameters)
    assert refused.value.code == "invalid_scope"


def test_who_asks_too_soon_waits_longer() -> None:
    assert longer_wait(OAuthError("slow_down", "")) == SLOWER
    assert longer_wait(OAuthError("authorization_pending", "")) == 0
