"""No import and no export keeps identity's event loop from anybody else for 200 ms."""

import uuid

import httpx
import pytest
from pingshan_identity.domain.imports.import_sheet import HEADS
from pingshan_identity.settings import Settings
from pingshan_kit import clock, sheets
from pingshan_kit.crypto import PersonalData
from pingshan_values.sheet import REASONS

from tests.support.identity.hostile_sheets import HOSTILE
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.loop_lag import tries
from tests.support.platform import BoundService
from tests.support.servers import until

PEOPLE = 5_000


@pytest.fixture(scope="module")
def many(identity: Identity, bound_identity: BoundService) -> Identity:
    """Identity with 5,000 people and as many records."""
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
    return identity


def uploaded(system: Browser, content: bytes, name: str) -> httpx.Response:
    token = csrf_of(system.get("/admin/imports"))
    return system.request("POST", "/admin/imports", data={"csrf_token": token}, files={"sheet": (name, content)})


def test_exports(many: Identity) -> None:
    system, auditor = many.signed_in("admin01"), many.signed_in("audit01")
    for browser, what in ((system, "people"), (auditor, "records")):
        for kind in sheets.MEDIA_TYPES:
            for _ in tries(many.url, f"exporting {what} as {kind}"):
                answer = browser.get(f"/admin/{what}.{kind}")
                assert answer.status_code == 200
                assert len(answer.content) > PEOPLE * 10


@pytest.mark.parametrize("kind", sheets.MEDIA_TYPES)
def test_a_large_import(many: Identity, kind: sheets.Format) -> None:
    system, today = many.signed_in("admin01"), clock.today().isoformat()
    leavers = iter(range(1 + 200 * list(sheets.MEDIA_TYPES).index(kind), PEOPLE))  # nobody leaves twice

    def upload() -> str:
        rows = [["离职", f"many{next(leavers)}", "", "water", "", "", "", today, ""] for _ in range(40)]
        rows += [["入职", f"lag{kind}{n}", "", "nowhere", "科", "x,y,z", "1", "soon", "later"] for n in range(4_960)]
        answer = uploaded(system, sheets.write([HEADS, *rows], kind), f"people.{kind}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def apply(preview: str) -> None:
        system.post(f"{preview}/decide", data={"csrf_token": csrf_of(system.get(preview)), "decision": "apply"})
        until(lambda: "已生效" in system.get(preview).text, seconds=120)

    preview = ""
    for _ in tries(many.url, "an upload"):
        preview = upload()
    for _ in tries(many.url, "a preview"):
        assert "4960 行有错误" in system.get(preview).text
    for download in sheets.MEDIA_TYPES:
        for _ in tries(many.url, "a download of errors"):
            assert system.get(f"{preview}/errors.{download}").status_code == 200
    for number in tries(many.url, "an application"):
        apply(preview if number == 0 else upload())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_import_is_refused_with_its_reason(many: Identity, name: str) -> None:
    why, make = HOSTILE[name]
    for _ in tries(many.url, f"refusing {name}"):
        answer = uploaded(many.signed_in("admin01"), make(), "x.xlsx")
        assert answer.status_code == 422
        assert REASONS[why].zh in answer.text
