"""Keys of workflow."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from pingshan_workflow.store import definitions, history, submissions

from tests.support.fuzz.services import Attacked
from tests.support.races.race import SEEDED, WITH_ANOTHER, Begin, Race, form, statement
from tests.support.sent_twice import workflow
from tests.support.sent_twice.walk import Form


async def submission(attacked: Attacked) -> Race:
    """One filing from two pages, with the id that it got when it was checked."""
    first = await workflow.submit(attacked)
    browser = await attacked.stranger()
    browser.cookies, browser.html = dict(first.browser.cookies), first.browser.html
    second = Form(browser, first.action)
    second.fields = dict(first.fields) | {"form_key": uuid4().hex * 2}
    standing = f"SELECT count(*) FROM submission WHERE request_id = '{first.fields['request_id']}'"
    return Race((form(first), form(second)), standing)


async def case_number(attacked: Attacked) -> Race:
    """The first two filings of a year."""
    year = 1_900 + attacked.port % 100
    both = statement(attacked.built.database, submissions._lock_year, year=year)  # noqa: SLF001 - the step alone
    return Race((both, both), f"SELECT count(*) FROM case_number WHERE year = {year}")


async def task(attacked: Attacked) -> Race:
    """Two officers decide the same task: one transition of the case."""
    first = await workflow.decide(attacked)
    browser = await attacked.browser(str(uuid4()))
    shown = first.action.removesuffix("/decision")
    await browser.get(shown)
    asked = Form(browser, f"{shown}/confirm", {"verdict": "approve", "comment": ""})
    await browser.post(asked.action, dict(asked.fields))
    second = Form(browser, first.action)
    case_id, _, node = shown.removeprefix("/tasks/").partition(".")
    standing = f"SELECT count(*) FROM task WHERE case_id = '{case_id}' AND node = '{node}' AND state <> 'open'"
    return Race((form(first), form(second)), standing)


async def note(attacked: Attacked) -> Race:
    """An activity that Temporal runs twice."""
    filed = await workflow.submit(attacked)
    case_id = (await filed.send()).headers["location"].split("/")[2]
    both = statement(
        attacked.built.database,
        history.add_note,
        case_id=case_id,
        key="raced",
        kind="raced",
        at=datetime.now(UTC),
        details={},
    )
    return Race((both, both), f"SELECT count(*) FROM case_note WHERE case_id = '{case_id}' AND key = 'raced'")


async def definition(attacked: Attacked) -> Race:
    """The same text, published by two."""
    own = uuid4().hex
    own_rows = f"FROM definition WHERE code = '{own}'"
    both = statement(
        attacked.built.database, definitions.add, code=own, version=1, text="{}", text_hash=own, at=datetime.now(UTC)
    )
    return Race((both, both), f"SELECT count(*) {own_rows}", f"DELETE {own_rows}")


_ACTIVITY = "an activity writes it, in the transaction of its transition, which is raced for"
RACES: Mapping[str, Begin | str] = {
    "pk_calendar_day": SEEDED,
    "pk_calendar_override": SEEDED,
    "pk_calendar_year": SEEDED,
    "pk_case_file": _ACTIVITY,
    "pk_case_license": _ACTIVITY,
    "uq_case_license_case_id_node": _ACTIVITY,
    "pk_case_note": note,
    "pk_case_number": case_number,
    "pk_definition": definition,
    "uq_definition_code_version": definition,
    "pk_submission": submission,
    "uq_submission_case_id": WITH_ANOTHER,
    "pk_task": task,
    "pk_transition": task,
}
