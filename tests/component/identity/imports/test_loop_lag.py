"""No import and no export keeps identity's event loop from anybody else for 200 ms.

What counts is processor time of the loop's own thread, as /readyz says it: other processes that have the core at the
moment do not.
"""

import uuid

import httpx
import pytest
from pingshan_identity.clients import sheets
from pingshan_identity.domain.imports.import_sheet import HEADS
from pingshan_identity.domain.imports.sheet_limits import REASONS
from pingshan_identity.settings import Settings
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData

from tests.support.identity.hostile_sheets import HOSTILE
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.platform import BoundService
from tests.support.servers import until

MOST_SECONDS = 0.2
PEOPLE = 5_000


def busy(identity: Identity) -> float:
    """Seconds that one computation kept the loop, the worst of the last minute."""
    return float(httpx.get(f"{identity.url}/readyz", timeout=30).json()["figures"]["loop_lag"]["busy"])


def check(identity: Identity, act: str) -> None:
    found = busy(identity)
    assert found < MOST_SECONDS, f"{act} kept the event loop for {found * 1000:.0f} ms"


@pytest.fixture(scope="module")
def many(identity: Identity, bound_identity: BoundService) -> Identity:
    """Identity with 5,000 people and as many records, once its start is more than a minute ago or was quick."""
    personal = PersonalData.from_settings(bound_identity.settings(Settings))
    ids = [uuid.uuid4() for _ in range(PEOPLE)]
    sealed = [
        [personal.encrypt(text, table="person", column=column, row=str(each)) for each in ids]
        for column, text in (("name_encrypted", "欧阳平山"), ("mobile_encrypted", "+8613800005555"))
    ]
    identity.execute(
        "INSERT INTO person (person_id, realm, login_name, name_encrypted, mobile_encrypted, organisation, joined_on) "
        "SELECT id, 'staff', 'many' || n, name, mobile, 'water', current_date "
        "FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS each (id, name, mobile, n)",
        ids,
        *sealed,
    )
    identity.execute(
        "WITH added AS (INSERT INTO record (actor, act, subject, details, trace_id) "
        "SELECT 'system:test', 'token.issued', 'client:' || n, jsonb_build_object('client_id', n, 'scope', 'x'), '' "
        f"FROM generate_series(1, {PEOPLE}) AS n RETURNING id) "
        "INSERT INTO record_pending (record_id) SELECT id FROM added"
    )
    until(lambda: busy(identity) < MOST_SECONDS, seconds=90)
    return identity


def uploaded(system: Browser, content: bytes, name: str) -> httpx.Response:
    token = csrf_of(system.get("/admin/imports"))
    return system.request("POST", "/admin/imports", data={"csrf_token": token}, files={"sheet": (name, content)})


def test_exports(many: Identity) -> None:
    system, auditor = many.signed_in("admin01"), many.signed_in("audit01")
    for browser, what in ((system, "people"), (auditor, "records")):
        for kind in sheets.MEDIA_TYPES:
            answer = browser.get(f"/admin/{what}.{kind}")
            assert answer.status_code == 200
            assert len(answer.content) > PEOPLE * 10
            check(many, f"exporting {what} as {kind}")


@pytest.mark.parametrize("kind", sheets.MEDIA_TYPES)
def test_a_large_import(many: Identity, kind: sheets.Format) -> None:
    system, today = many.signed_in("admin01"), clock.today().isoformat()
    first = 1 + 40 * list(sheets.MEDIA_TYPES).index(kind)  # nobody leaves twice
    rows = [["离职", f"many{n}", "", "water", "", "", "", today, ""] for n in range(first, first + 40)]
    rows += [["入职", f"lag{kind}{n}", "", "nowhere", "科", "x,y,z", "1", "soon", "later"] for n in range(4_960)]
    answer = uploaded(system, sheets.write([HEADS, *rows], kind), f"people.{kind}")
    assert answer.status_code == 303, answer.text
    check(many, "an upload")
    preview = answer.headers["location"]
    assert "4960 行有错误" in system.get(preview).text
    check(many, "a preview")
    for download in sheets.MEDIA_TYPES:
        assert system.get(f"{preview}/errors.{download}").status_code == 200
        check(many, "a download of errors")
    system.post(f"{preview}/decide", data={"csrf_token": csrf_of(system.get(preview)), "decision": "apply"})
    until(lambda: "已生效" in system.get(preview).text, seconds=120)
    check(many, "an application")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_import_is_refused_with_its_reason(many: Identity, name: str) -> None:
    why, make = HOSTILE[name]
    answer = uploaded(many.signed_in("admin01"), make(), "x.xlsx")
    assert answer.status_code == 422
    assert REASONS[why].zh in answer.text
    check(many, f"refusing {name}")
