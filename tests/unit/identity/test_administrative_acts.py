"""Which administrator may do an act stands in one table, and each administrative use case asks it by its own name."""

import ast
import re
from pathlib import Path

import pingshan_identity
import pytest
from pingshan_identity.domain.access import (
    ADMINISTRATORS,
    AUDITOR,
    SECURITY_ADMINISTRATOR,
    SEPARATED,
    SYSTEM_ADMINISTRATOR,
    AdministrativeAct,
    check_may_administer,
)
from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.errors import AdministratorRequired
from pingshan_values.actor import Actor, ActorKind

TEMPLATES = Path(pingshan_identity.__file__).parent / "web" / "templates"
USE_CASES = Path(pingshan_identity.__file__).parent / "usecases"


def calls(path: Path) -> dict[str, ast.Call]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.func.id: node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_each_administrative_use_case_asks_for_its_own_act() -> None:
    asked = {
        path.stem.replace("_", "-"): ast.unparse(call.args[1])
        for path in USE_CASES.rglob("*.py")
        if (call := calls(path).get("check_may_administer"))
    }
    table = {act.value: f"AdministrativeAct.{act.name}" for act in AdministrativeAct}
    assert asked == {act: name for act, name in table.items() if act != AdministrativeAct.VERIFY_RECORDS}


def test_no_use_case_names_roles_beside_the_table() -> None:
    assert {path.stem for path in USE_CASES.rglob("*.py") if "require_role" in calls(path)} == set()


def test_no_page_names_roles_beside_the_tables() -> None:
    """Templates ask `may_administer` and `may_propose`, and for an act that there is."""
    asks = re.compile(r"may_(administer|propose)\([^,()]+, '([a-z-]+)'\)")
    kinds = {"administer": set(AdministrativeAct), "propose": set(ChangeKind)}
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        assert re.search(r"(actor|who)\.roles", text) is None, path.name
        assert [name for kind, name in asks.findall(text) if name not in kinds[kind]] == [], path.name


@pytest.mark.parametrize("act", AdministrativeAct)
@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_a_role_does_what_the_table_says(act: AdministrativeAct, role: str) -> None:
    actor = Actor(kind=ActorKind.PERSON, person_id="p", roles=frozenset({role}))
    if role in ADMINISTRATORS[act]:
        check_may_administer(actor, act)
    else:
        with pytest.raises(AdministratorRequired):
            check_may_administer(actor, act)


def test_only_auditors_see_records_and_they_change_nothing() -> None:
    """Separation of powers (GB/T 22239-2019 clause 8.1.5)."""
    of_auditors = {act for act, roles in ADMINISTRATORS.items() if AUDITOR in roles}
    assert of_auditors == {
        AdministrativeAct.READ_DUTIES,
        AdministrativeAct.LIST_LIVE_SESSIONS,
        AdministrativeAct.LIST_SIGN_OUTS,
        AdministrativeAct.LIST_THROTTLES,
        AdministrativeAct.SEARCH_RECORDS,
        AdministrativeAct.EXPORT_RECORDS,
        AdministrativeAct.VERIFY_RECORDS,
    }
    for act in (AdministrativeAct.SEARCH_RECORDS, AdministrativeAct.EXPORT_RECORDS):
        assert not ADMINISTRATORS[act] & {SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR}
