"""What a proof of possession must be (RFC 9449 section 4.3); whatever else stands in it is refused, not failed."""

import pytest
from pingshan_kit.trust import dpop
from pingshan_kit.trust.jose import TokenRefused

from tests.support.identity.dpop import DpopKey

URL = "https://alerts.example/v1/alerts"


def test_a_proof_is_for_one_call_with_one_token() -> None:
    key = DpopKey()
    proof = dpop.check(key.proof("GET", URL, token="token"), method="GET", url=URL, access_token="token")
    assert proof.jkt == key.jkt
    with pytest.raises(TokenRefused):
        dpop.check(key.proof("GET", URL, token="other"), method="GET", url=URL, access_token="token")


@pytest.mark.parametrize("ath", ["\ud800", "好", "", 7, ["x"], None])
def test_a_hash_that_is_none_is_refused(ath: object) -> None:
    proof = DpopKey().proof("GET", URL, token="token", ath=ath)
    with pytest.raises(TokenRefused):
        dpop.check(proof, method="GET", url=URL, access_token="token")
