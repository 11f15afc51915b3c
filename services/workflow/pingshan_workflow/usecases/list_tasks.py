"""The inbox: open tasks that the actor may decide now, soonest due first."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date

from pingshan_kit import clock
from pingshan_kit.errors import InvalidRequest
from pingshan_values.actor import Actor

from pingshan_workflow.domain.access import inbox_organisation
from pingshan_workflow.domain.view import InboxLine
from pingshan_workflow.store import calendars, definitions, tasks
from pingshan_workflow.store.tasks import InboxKey
from pingshan_workflow.usecases.dependencies import Dependencies
from pingshan_workflow.usecases.views import task_view

PAGE = 50
MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Inbox:
    """`next` is the token of the following page; empty on the last."""

    lines: list[InboxLine]
    next: str


async def list_tasks(
    deps: Dependencies,
    actor: Actor,
    *,
    size: int = PAGE,
    token: str = "",
    process: str = "",
    node: str = "",
    overdue: bool = False,
) -> Inbox:
    """Raises NotAllowed for others than officers, InvalidRequest for a token that no page gave."""
    organisation = inbox_organisation(actor)
    size = min(size or PAGE, MAX_PAGE)
    async with deps.database.read() as tx:
        calendar = await calendars.load(tx)
        rows = await tasks.inbox(
            tx,
            deps.personal,
            organisation=organisation,
            posts=actor.posts,
            after=_key(token) if token else None,
            size=size + 1,
            process=process,
            node=node,
            overdue_on=clock.today() if overdue else None,
        )
        known = await definitions.by_hash(tx, [row.definition_hash for row in rows])
    lines = [
        InboxLine(
            task=task_view(row.task, known[row.definition_hash], calendar),
            definition=known[row.definition_hash],
            applicant_name=row.applicant_name,
            received_at=row.received_at,
        )
        for row in rows[:size]
    ]
    return Inbox(lines, _token(tasks.inbox_key(rows[size - 1].task)) if len(rows) > size else "")


def _token(key: InboxKey) -> str:
    return base64.urlsafe_b64encode(f"{key.due_on}|{key.case_id}|{key.node}".encode()).decode()


def _key(token: str) -> InboxKey:
    try:
        due_on, case_id, node = base64.urlsafe_b64decode(token.encode()).decode().split("|")
        return InboxKey(date.fromisoformat(due_on), case_id, node)
    except (ValueError, binascii.Error):
        raise InvalidRequest(
            [("page_token", "不是本列表给出的翻页标记", "Not a page token that this list gave")]
        ) from None
