"""Identity's own cookies: their number does not grow with the sign-ins that nobody finishes."""

from tests.support.identity.parties import Attempt, Identity

TABS = 40
LARGEST = 2_000
"""Octets of all of them together."""


def test_forty_tabs_that_wait_for_a_sign_in_add_no_cookie(identity: Identity) -> None:
    page, party = identity.browser(), identity.district("oa")
    for _ in range(TABS):
        asked = page.get(party.authorize_path(Attempt()))
        assert asked.status_code == 303
        assert page.get(asked.headers["location"]).status_code == 200
    assert set(page.cookies) == {"__Host-pingshan-identity-csrf"}


def test_forty_sign_ins_and_sign_outs_stay_small(identity: Identity) -> None:
    page = identity.browser()
    for _ in range(TABS // 10):
        identity.sign_in(page, "water01")
        session = page.cookies["__Host-pingshan-identity"]
        assert session
        page.get("/sign-in/step-up?continue=/account")
    header = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    assert len(header) < LARGEST
    assert len(page.cookies) <= 4


def test_a_script_gets_401_and_no_sign_in_page(identity: Identity) -> None:
    page = identity.browser()
    for headers in ({"Sec-Fetch-Mode": "cors"}, {"HX-Request": "true"}, {"Accept": "text/event-stream"}):
        for path in ("/account", "/signed-in"):
            answer = page.get(path, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert not page.cookies
