"""Which requests leave a window with the one that opened it."""

from urllib.parse import urlencode

import pytest
from pingshan_identity.entrypoints.sign_in.opened_windows import keeps_opener

TO_SYSTEM = "?" + urlencode({"continue": "/authorize?client_id=oa"})
TO_US = "?" + urlencode({"continue": "/account"})


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/authorize?client_id=oa", True),
        ("/consent?client_id=oa&request_uri=x", True),
        (f"/sign-in{TO_SYSTEM}", True),
        (f"/sign-in/second-factor/totp{TO_SYSTEM}&attempt=x", True),
        (f"/public/sign-in/code{TO_SYSTEM}", True),
        (f"/account/upstreams{TO_SYSTEM}", True),
        ("/upstream/province/callback?code=x&state=y", True),
        ("/sign-in", False),
        (f"/sign-in{TO_US}", False),
        ("/sign-in?continue=//evil.example/authorize", False),
        (f"/account{TO_SYSTEM}", False),
        (f"/admin{TO_SYSTEM}", False),
        ("/", False),
        ("/sign-out", False),
        ("/authorized", False),
    ],
)
def test_only_a_sign_in_that_leads_on_to_a_system_keeps_the_opener(address: str, kept: bool) -> None:
    path, _, query = address.partition("?")
    assert keeps_opener({"type": "http", "path": path, "query_string": query.encode()}) is kept
