"""Lists cases, the newest first: all of them for staff, their own for applicants."""

from pingshan_kit.paging import Page, checked_size, checked_token
from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import visible_applicants
from pingshan_workflow.domain.cases.case import CaseState, is_case_id
from pingshan_workflow.domain.cases.view import CaseLine
from pingshan_workflow.store import calendars, cases, definitions
from pingshan_workflow.usecases.cases.shared import case_line
from pingshan_workflow.usecases.dependencies import Dependencies


async def list_cases(
    deps: Dependencies,
    actor: Actor,
    *,
    search: str = "",
    state: CaseState | None = None,
    page_size: int = 0,
    page_token: str = "",
) -> Page[CaseLine]:
    """Returns one page of cases. Raises InvalidRequest for a wrong page size or token.

    `search` is a whole case id, or a whole credit code or person number of the applicant.
    """
    size, before = checked_size(page_size), checked_token(page_token, _case_id)
    search = search.strip().upper()
    codes = visible_applicants(actor)
    case_id = search if is_case_id(search) else ""
    if search and not case_id:
        codes = frozenset({search}) if codes is None else codes & {search}
    async with deps.database.read() as tx:
        calendar = await calendars.load(tx)
        rows = await cases.page(
            tx, deps.personal, before=before or "", size=size + 1, state=state, case_id=case_id, applicant_codes=codes
        )
        known = await definitions.by_hash(tx, [row.definition_hash for row in rows])
    lines = tuple(case_line(actor, row, known[row.definition_hash], calendar) for row in rows[:size])
    return Page(lines, rows[size - 1].case_id if len(rows) > size else "")


def _case_id(page_token: str) -> str:
    if not is_case_id(page_token):
        raise ValueError(page_token)
    return page_token
