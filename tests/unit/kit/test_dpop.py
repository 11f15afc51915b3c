"""What a proof of possession must be (RFC 9449 section 4.3); whatever else stands in it is refused, not failed."""

import time

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


@pytest.mark.parametrize("ahead", [-dpop.LIFE + 5, 0, dpop.AHEAD - 1])
def test_a_clock_may_be_some_seconds_ahead(ahead: int) -> None:
    """FAPI 2.0 Security Profile section 5.3.2.1: up to 10 s."""
    dpop.check(DpopKey().proof("GET", URL, iat=int(time.time()) + ahead), method="GET", url=URL)


@pytest.mark.parametrize("ahead", [-dpop.LIFE - 2, dpop.AHEAD + 2, 60])
def test_a_proof_of_another_time_is_refused(ahead: int) -> None:
    with pytest.raises(dpop.ProofRefused):
        dpop.check(DpopKey().proof("GET", URL, iat=int(time.time()) + ahead), method="GET", url=URL)


@pytest.mark.parametrize("member", [{"kid": "x"}, {"x5t": "AAAA"}, {"purpose": ["other"] * 100}])
def test_a_header_member_that_nobody_knows_is_ignored(member: dict[str, object]) -> None:
    """RFC 7515 section 4."""
    dpop.check(DpopKey().proof("GET", URL, header=member), method="GET", url=URL)


@pytest.mark.parametrize("member", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"crit": None}, {"b64": False}])
def test_a_header_member_that_must_be_understood_is_refused(member: dict[str, object]) -> None:
    """RFC 7515 section 4.1.11, RFC 7797."""
    with pytest.raises(dpop.ProofRefused):
        dpop.check(DpopKey().proof("GET", URL, header=member), method="GET", url=URL)
