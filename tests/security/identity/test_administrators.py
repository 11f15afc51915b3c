"""What the three separated administrators are refused: each other's acts, sent as forms with a right CSRF field."""

import uuid

import pytest

from tests.support.identity.parties import Browser, Identity, answer_of, csrf_of

SOMEBODY = uuid.uuid4()
OF_SYSTEM = [
    "/admin/people/new",
    *(f"/admin/people/{SOMEBODY}/{act}" for act in ("move", "leave", "reveal", "deputies", "deputies/end", "powers")),
    "/admin/imports",
    f"/admin/imports/{SOMEBODY}/decide",
    f"/admin/imports/{SOMEBODY}/passwords",
    "/admin/connect",
    "/admin/clients/permits/change",
    "/admin/clients/permits/switch",
]
OF_SECURITY = ["/admin/sessions/end"]
OF_BOTH = ["/admin/changes/propose", f"/admin/changes/{SOMEBODY}/decide", f"/admin/changes/{SOMEBODY}/outcome"]
OF_AUDIT = ["/admin/records/verify"]
REFUSED = {
    "admin01": [*OF_SECURITY, *OF_AUDIT],
    "secadmin01": [*OF_SYSTEM, *OF_AUDIT],
    "audit01": [*OF_SYSTEM, *OF_SECURITY, *OF_BOTH],
    "water01": [*OF_SYSTEM, *OF_SECURITY, *OF_BOTH, *OF_AUDIT],
}
ALLOWED = {"admin01": OF_SYSTEM, "secadmin01": OF_SECURITY, "audit01": OF_AUDIT, "water01": []}


def statuses(page: Browser, paths: list[str]) -> dict[str, int]:
    token = csrf_of(page.get("/account/sessions"))
    return {path: page.post(path, data={"csrf_token": token}).status_code for path in paths}


@pytest.mark.parametrize("login", REFUSED)
def test_no_administrator_does_what_another_may(identity: Identity, login: str) -> None:
    page = identity.signed_in(login)
    assert set(statuses(page, REFUSED[login]).values()) == {403}
    assert 403 not in statuses(page, ALLOWED[login]).values()


PAGES = {
    "system-administrator": ["/admin/people/new", "/admin/organisation", "/admin/imports", "/admin/connect",
                             "/admin/people.xlsx", "/admin/imports/template.xlsx"],
    "security-administrator": ["/admin/sign-outs"],
    "auditor": ["/admin/records", "/admin/records.xlsx"],
}  # fmt: skip
LOGINS = {"system-administrator": "admin01", "security-administrator": "secadmin01", "auditor": "audit01"}


@pytest.mark.parametrize("role", PAGES)
def test_each_administrator_has_their_own_pages_and_no_others(identity: Identity, role: str) -> None:
    for other, login in [*LOGINS.items(), ("nobody", "water01")]:
        page = identity.signed_in(login)
        for path in PAGES[role]:
            if path == "/admin/sign-outs" and other == "auditor":
                continue
            status = page.get(path).status_code
            assert status == (200 if other == role else 403), (path, login)
    for path in ("/admin/people", "/admin/clients", "/admin/changes"):
        assert identity.signed_in("audit01").get(path).status_code == 403
        assert identity.signed_in("secadmin01").get(path).status_code == 200
    assert answer_of(identity.browser().get("/admin/people"))["continue"] == "/admin/people"
