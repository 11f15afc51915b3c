"""Administrators see who is signed in, and end it: one person's at once, everybody's as two people decide."""

import pytest

from tests.support.identity.parties import Browser, Identity, submit
from tests.support.servers import until

PAGE = "/admin/sessions"
PROPOSE = "/admin/changes/propose"


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


def session_of(identity: Identity, login: str) -> str:
    """The newest that lives."""
    [row] = identity.execute(
        "SELECT session_id FROM sso_session JOIN person USING (person_id) "
        "WHERE login_name = $1 AND ended_at IS NULL ORDER BY started_at DESC LIMIT 1",
        login,
    )
    return str(row["session_id"])


def is_signed_in(page: Browser) -> bool:
    return page.get("/account").status_code == 200


def end(security: Browser, session_id: str, scope: str = "one", reason: str = "设备丢失") -> tuple[int, str]:
    """Status and address of the answer."""
    answer = submit(security, f"{PAGE}/end", {"session_id": session_id, "scope": scope, "reason": reason}, at=PAGE)
    return answer.status_code, answer.headers.get("location", "")


def proposed(page: Browser, form: dict[str, str]) -> str:
    """Where the proposal is."""
    answer = submit(page, PROPOSE, form | {"reason": "系统被入侵"}, at="/admin/changes")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def approve(page: Browser, change: str) -> None:
    assert submit(page, f"{change}/decide", {"decision": "approved"}, at=change).status_code == 303


def test_one_sign_in_is_found_and_ended_with_a_reason(identity: Identity, security: Browser) -> None:
    kept, lost = identity.signed_in("water01"), identity.signed_in("water01")
    identity.tokens(lost, identity.district("oa"))
    shown = security.get(f"{PAGE}?q=water01")
    assert "智能政务办公系统" in shown.text
    assert "civil01" not in shown.text
    session_id = session_of(identity, "water01")
    status, board = end(security, session_id)
    assert status == 303
    assert not is_signed_in(lost)
    assert is_signed_in(kept)
    assert "智能政务办公系统" in security.get(board).text
    [record] = identity.execute("SELECT details::text FROM record WHERE act = 'sessions.ended'")
    assert "设备丢失" in record["details"]
    assert end(security, session_id)[0] == 404, "it has ended"


def test_all_of_a_person_end_and_every_system_is_told(identity: Identity, security: Browser) -> None:
    pages = [identity.signed_in("fire01") for _ in range(2)]
    status, board = end(security, session_of(identity, "fire01"), "all")
    assert status == 303
    assert not any(map(is_signed_in, pages))
    assert "29 个系统" in security.get(board).text


def test_nothing_ends_without_a_reason(identity: Identity, security: Browser) -> None:
    page = identity.signed_in("urban01")
    assert end(security, session_of(identity, "urban01"), reason="  ")[0] == 422
    assert is_signed_in(page)


def test_only_security_ends_and_the_auditor_looks_on(identity: Identity, system: Browser) -> None:
    auditor, nobody = identity.signed_in("audit01"), identity.signed_in("urban01")
    assert auditor.get(PAGE).status_code == 200
    assert "/admin/sessions/end" not in auditor.get(PAGE).text
    for page in (system, nobody):
        assert page.get(PAGE).status_code == 403
    for page, at in ((auditor, PAGE), (system, "/admin/changes"), (nobody, "/account")):
        form = {"session_id": session_of(identity, "urban01"), "scope": "all", "reason": "好奇"}
        assert submit(page, f"{PAGE}/end", form, at=at).status_code == 403
    assert is_signed_in(nobody)


def test_the_list_turns_pages(identity: Identity, security: Browser) -> None:
    for _ in range(3):
        identity.signed_in("civil01")
    assert security.get(f"{PAGE}?q=civil01").text.count("civil01</b>") == 3
    after = session_of(identity, "civil01")
    assert security.get(f"{PAGE}?q=civil01&after={after}").text.count("civil01</b>") == 2
    assert "没有找到登录" in security.get(f"{PAGE}?q=nobody99").text


def test_everybody_of_an_organisation_as_two_people_decide(
    identity: Identity, security: Browser, system: Browser
) -> None:
    mine, other = identity.signed_in("health01"), identity.signed_in("police01")
    change = proposed(security, {"kind": "end-sessions", "organisation": "health"})
    assert is_signed_in(mine), "one administrator is not enough"
    assert submit(security, f"{change}/decide", {"decision": "approved"}, at=change).status_code in {403, 409}
    approve(system, change)
    until(lambda: not is_signed_in(mine))
    assert is_signed_in(other)
    assert is_signed_in(identity.signed_in("health01")), "what begins after the decision is not meant"


def test_everybody_who_opened_a_system_as_two_people_decide(
    identity: Identity, security: Browser, system: Browser
) -> None:
    opened, other = identity.signed_in("transport01"), identity.signed_in("police01")
    identity.tokens(opened, identity.district("mail"))
    approve(system, proposed(security, {"kind": "end-sessions", "client_id": "mail"}))
    until(lambda: not is_signed_in(opened))
    assert is_signed_in(other)


@pytest.mark.parametrize(
    ("who", "form", "status"),
    [
        ("system", {"kind": "end-sessions", "organisation": "health"}, 403),
        ("security", {"kind": "end-sessions"}, 422),
        ("security", {"kind": "end-sessions", "organisation": "health", "client_id": "geo"}, 422),
        ("security", {"kind": "end-sessions", "organisation": "nowhere"}, 422),
        ("security", {"kind": "end-sessions", "client_id": "nothing"}, 422),
        ("security", {"kind": "open-registration", "owner": "water", "uses": "1", "days": "1"}, 403),
        ("system", {"kind": "open-registration", "owner": "nowhere", "uses": "1", "days": "1"}, 422),
        ("system", {"kind": "open-registration", "owner": "water", "uses": "x", "days": "1"}, 422),
        ("system", {"kind": "open-registration", "owner": "water", "uses": "1", "days": "9999"}, 422),
        ("system", {"kind": "give-power"}, 404),
    ],
)
def test_what_cannot_be_is_not_proposed(
    request: pytest.FixtureRequest, who: str, form: dict[str, str], status: int
) -> None:
    page: Browser = request.getfixturevalue(who)
    answer = submit(page, PROPOSE, form | {"reason": "试试"}, at="/admin/changes")
    assert answer.status_code == status, answer.text
