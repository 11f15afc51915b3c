"""Changes that two administrators make: exactly one decision, none after it lapsed or was withdrawn."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.identity.parties import Browser, Identity, csrf_of, submit
from tests.support.servers import until

PROPOSE = "/admin/changes/propose"
FORM = {"grant_type": "client_credentials", "audience": "e-license"}


@pytest.fixture(scope="module")
def system(identity: Identity) -> Browser:
    return identity.signed_in("admin01")


@pytest.fixture(scope="module")
def security(identity: Identity) -> Browser:
    return identity.signed_in("secadmin01")


def proposed(security: Browser) -> str:
    answer = submit(security, PROPOSE, {"kind": "rotate-keys", "reason": "演练"}, at="/admin/changes")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def decide(page: Browser, change: str, decision: str) -> int:
    form = {"csrf_token": csrf_of(page.get(change)), "decision": decision, "reason": "同意"}
    return page.post(f"{change}/decide", form).status_code


def test_of_two_decisions_at_once_one_counts(identity: Identity, system: Browser, security: Browser) -> None:
    change = proposed(security)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda decision: decide(system, change, decision), ["approved", "refused"] * 2))
    assert sorted(answers) == [303, 404, 404, 404]
    decided = identity.execute("SELECT 1 FROM record WHERE act = 'change.decided' AND details::text LIKE $1",
                               f"%{change.rpartition('/')[2]}%")  # fmt: skip
    assert len(decided) == 1


def test_a_proposal_lapses(identity: Identity, system: Browser, security: Browser) -> None:
    change = proposed(security)
    identity.execute("UPDATE change_request SET expires_at = now() WHERE change_id = $1", change.rpartition("/")[2])
    assert "已作废" in system.get(change).text
    assert decide(system, change, "approved") == 404


def test_a_proposal_is_withdrawn_by_its_proposer_alone(system: Browser, security: Browser) -> None:
    change = proposed(security)
    assert decide(system, change, "withdrawn") == 404
    assert decide(security, change, "withdrawn") == 303
    assert decide(system, change, "approved") == 404
    assert "已撤回" in system.get(change).text


def test_a_secret_is_replaced(identity: Identity, system: Browser, security: Browser) -> None:
    at = "/admin/clients/amr-system"
    old = identity.machine()
    assert old.token(FORM).status_code == 200
    change = submit(system, f"{at}/switch", {"kind": "rotate-secret", "reason": "人员变动"}, at=at).headers["location"]
    assert decide(security, change, "approved") == 303
    shown = submit(system, f"{change}/outcome", {}, at=change)
    [secret] = re.findall(r'data-copy="([A-Za-z0-9_-]{43})"', shown.text)
    assert old.token(FORM).status_code == 401
    old.secret = secret
    assert old.token(FORM).status_code == 200


def test_a_system_is_switched_off_and_on(identity: Identity, system: Browser, security: Browser) -> None:
    at, party = "/admin/clients/dpf-system", identity.machine("dpf-system")
    for kind, status in (("disable-client", 401), ("enable-client", 200)):
        change = submit(system, f"{at}/switch", {"kind": kind, "reason": "检修"}, at=at).headers["location"]
        assert decide(security, change, "approved") == 303
        assert party.token(FORM).status_code == status


def test_the_chain_is_checked_each_week(identity: Identity) -> None:
    """The job runs at the start, and writes down what it found."""
    until(lambda: identity.execute("SELECT 1 FROM job WHERE kind = 'verify-records' AND state = 'done'"))
    found = identity.execute(
        "SELECT details::text FROM record WHERE act = 'records.verified' AND actor = 'service:identity'"
    )
    assert found
    assert all('"whole": true' in each["details"] for each in found)


def test_what_waits_is_not_proposed_again(identity: Identity, system: Browser, security: Browser) -> None:
    [person] = identity.execute("SELECT person_id::text AS id FROM person WHERE login_name = 'drc01'")
    at, form = (
        f"/admin/people/{person['id']}",
        {"kind": "reset-password", "person_id": person["id"], "reason": "忘记了"},
    )
    token = csrf_of(security.get(at))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: security.post(PROPOSE, form | {"csrf_token": token}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    [waiting] = [answer.headers["location"] for answer in answers if answer.status_code == 303]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert f'href="{waiting}"' in refused.text, "the change that waits is named"
    assert 'value="忘记了"' in refused.text, "what was typed is there"
    other = submit(security, PROPOSE, form | {"kind": "reset-factors"}, at=at)
    assert other.status_code == 303, "another act"
    assert decide(security, waiting, "withdrawn") == 303
    assert submit(security, PROPOSE, form, at=at).status_code == 303


def test_a_systems_change_waits_alone(system: Browser) -> None:
    at = "/admin/clients/mail"
    form = {"kind": "disable-client", "reason": "检修"}
    assert submit(system, f"{at}/switch", form, at=at).status_code == 303
    refused = submit(system, f"{at}/switch", form, at=at)
    assert (refused.status_code, "待审批" in refused.text) == (409, True)


@pytest.mark.parametrize(
    ("who", "page", "form", "kept"),
    [
        ("security", "/admin/sessions", {"kind": "end-sessions", "organisation": "health"}, 'value="health" selected'),
        ("security", "/admin/changes", {"kind": "rotate-keys"}, "<details open><summary>立即更换签名密钥"),
        (
            "system",
            "/admin/connect",
            {"kind": "open-registration", "owner": "water", "uses": "3", "days": "7"},
            'value="3"',
        ),
    ],
)
def test_a_proposal_without_a_reason_loses_nothing(
    request: pytest.FixtureRequest, who: str, page: str, form: dict[str, str], kept: str
) -> None:
    browser: Browser = request.getfixturevalue(who)
    refused = submit(browser, PROPOSE, form | {"reason": "   "}, at=page)
    assert refused.status_code == 422
    assert kept in refused.text
    assert refused.text.count('class="field-error"') == 1, "the sentence stands at the field"
    assert 'aria-invalid="true"' in refused.text


def test_organisations_have_names(system: Browser, security: Browser) -> None:
    form = {"kind": "end-sessions", "organisation": "culture", "reason": "演练"}
    change = submit(security, PROPOSE, form, at="/admin/sessions").headers["location"]
    for page in (change, "/admin/changes"):
        shown = system.get(page).text
        assert re.search(r"[^<>]+（culture）", shown), page
        assert "organisation:culture" not in shown
    assert re.search(r"[^<>]+（data）", system.get("/admin/clients").text)
    english = security.get(change, headers={"Accept-Language": "en"}).text
    assert re.search(r"[A-Z][^<>]+ \(culture\)", english)
