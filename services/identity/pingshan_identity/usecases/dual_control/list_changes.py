"""Lists changes under dual control, open ones or all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.dual_control.change_request import ChangeRequest, concerned
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ChangePage:
    rows: Sequence[ChangeRequest]
    names: Mapping[str, str] = field(repr=False)
    organisations: Mapping[str, tuple[str, str]]
    """Chinese and English names, by code."""
    before: datetime | None
    at: datetime


async def list_changes(deps: Dependencies, actor: Actor, *, open_only: bool, before: datetime | None) -> ChangePage:
    """Returns a page of changes requested before `before`, the latest first. Raises AdministratorRequired.

    `before`: None for the first page.
    """
    check_may_administer(actor, AdministrativeAct.LIST_CHANGES)
    now = clock.now()
    async with deps.database.read() as tx:
        rows = await change_requests.page(tx, open_only=open_only, now=now, before=before or now, limit=PAGE_SIZE + 1)
        named = {row.requested_by for row in rows}.union(*(concerned(row.details) for row in rows))
        names = await staff.names(tx, deps.personal, sorted(named))
        owners = await organisations.names_by_code(tx)
    more = len(rows) > PAGE_SIZE
    return ChangePage(rows[:PAGE_SIZE], names, owners, rows[PAGE_SIZE - 1].requested_at if more else None, now)
