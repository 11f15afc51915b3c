"""Initial access tokens: who sees them, withdraws one, and with whose duty they end."""

import re
from datetime import timedelta

import httpx
import pytest
from pingshan_kit import clock

from tests.support.identity.parties import Browser, Identity, submit

TODAY = clock.today()


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


def test_an_initial_access_token_is_withdrawn_and_ends_with_its_makers_duty(
    identity: Identity, system: Browser, security: Browser
) -> None:
    def token() -> str:
        form = {"kind": "open-registration", "owner": "water", "uses": "5", "days": "9", "reason": "快递柜"}
        change = submit(system, "/admin/changes/propose", form, at="/admin/connect").headers["location"]
        submit(security, f"{change}/decide", {"decision": "approved"}, at=change)
        shown = submit(system, f"{change}/outcome", {}, at=change)
        return str(re.findall(r'data-copy="([A-Za-z0-9_-]{43})"', shown.text)[0])

    def registered(secret: str) -> int:
        document = {"client_name": "Parcel lockers", "redirect_uris": ["https://rp.example/callback"]}
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.post(f"{identity.url}/register", json=document, headers=headers, timeout=20).status_code

    one = token()
    assert registered(one) == 201
    [own] = re.findall(r'name="token" value="([0-9a-f]{64})"', security.get("/admin/clients").text)
    withdraw, form = "/admin/initial-tokens/withdraw", {"token": own, "reason": "不再需要"}
    blank = submit(security, withdraw, form | {"reason": " "}, at="/admin/clients")
    assert (blank.status_code, 'aria-invalid="true"' in blank.text) == (422, True)
    assert submit(security, withdraw, form, at="/admin/clients").status_code == 303
    assert registered(one) == 401
    assert "仍然有效的初始访问令牌" not in system.get("/admin/clients").text
    assert submit(security, withdraw, form, at="/admin/clients").status_code == 404
    query = "SELECT 1 FROM record WHERE act = 'registration.closed' AND details::text LIKE '%不再需要%'"
    assert identity.execute(query)

    two = token()
    post = "post = 'system-administrator' AND person_id = (SELECT person_id FROM person WHERE login_name = 'admin01')"
    identity.execute(f"UPDATE person_post SET until = $1 WHERE {post}", TODAY - timedelta(days=1))
    assert registered(two) == 401, "a dismissed administrator's token registers nothing"
    assert "仍然有效的初始访问令牌" not in security.get("/admin/clients").text
    identity.execute(f"UPDATE person_post SET until = NULL WHERE {post}")
    assert registered(two) == 201
