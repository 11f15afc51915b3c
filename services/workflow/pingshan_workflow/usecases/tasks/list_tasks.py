"""Lists the open tasks that the actor may decide now, soonest due first."""

import base64
from datetime import date

from pingshan_kit import clock
from pingshan_kit.paging import Page, checked_size, checked_token
from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import inbox_organisation
from pingshan_workflow.domain.cases.masking import shown_applicant
from pingshan_workflow.domain.cases.view import InboxLine
from pingshan_workflow.store import calendars, definitions, tasks
from pingshan_workflow.store.tasks import InboxKey
from pingshan_workflow.usecases.cases.shared import task_view
from pingshan_workflow.usecases.dependencies import Dependencies


async def list_tasks(
    deps: Dependencies,
    actor: Actor,
    *,
    page_size: int = 0,
    page_token: str = "",
    process: str = "",
    node: str = "",
    overdue: bool = False,
) -> Page[InboxLine]:
    """Returns one page of the inbox, without applications that are the actor's own.

    Raises NotAllowed for all but officers, InvalidRequest for a wrong page size or token.
    """
    organisation = inbox_organisation(actor)
    size = checked_size(page_size)
    after = checked_token(page_token, _key)
    async with deps.database.read() as tx:
        calendar = await calendars.load(tx)
        rows = await tasks.inbox(
            tx,
            deps.personal,
            organisation=organisation,
            posts=actor.posts,
            after=after,
            size=size + 1,
            process=process,
            node=node,
            overdue_on=clock.today() if overdue else None,
            without_filed_by=actor.id,
            without_applicants=actor.act_for,
        )
        known = await definitions.by_hash(tx, [row.definition_hash for row in rows])
    lines = tuple(
        InboxLine(
            task=task_view(row.task, known[row.definition_hash], calendar),
            definition=known[row.definition_hash],
            applicant_name=shown_applicant(actor, row.applicant_name, row.applicant_code),
            received_at=row.received_at,
        )
        for row in rows[:size]
    )
    return Page(lines, _token(tasks.inbox_key(rows[size - 1].task)) if len(rows) > size else "")


def _token(key: InboxKey) -> str:
    return base64.urlsafe_b64encode(f"{key.due_on}|{key.case_id}|{key.node}".encode()).decode()


def _key(token: str) -> InboxKey:
    due_on, case_id, node = base64.urlsafe_b64decode(token.encode()).decode().split("|")
    return InboxKey(date.fromisoformat(due_on), case_id, node)
