"""Reads a change under dual control, with the names of the people and posts in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.dual_control.change_request import ChangeRequest, Decision
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ChangeView:
    change: ChangeRequest
    names: Mapping[str, str] = field(repr=False)
    """Names of the people concerned, by id."""
    posts: Mapping[str, tuple[str, str]]
    at: datetime
    is_own: bool
    may_decide: bool
    may_withdraw: bool

    @property
    def is_open(self) -> bool:
        return self.change.is_open(self.at)


async def read_change(deps: Dependencies, actor: Actor, *, change_id: UUID) -> ChangeView:
    """Returns the change as this administrator sees it. Raises AdministratorRequired, ChangeNotFound."""
    require_role(actor, SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)
    async with deps.database.read() as tx:
        change = await change_requests.get(tx, change_id)
        if change is None:
            raise ChangeNotFound
        concerned = {change.requested_by, change.decided_by, change.details.get("person_id")} - {None}
        names = await staff.names(tx, deps.personal, sorted(str(each) for each in concerned))
        posts = {code: (zh, en) for code, zh, en in await staff.posts(tx)}
    now = clock.now()
    return ChangeView(
        change=change,
        names=names,
        posts=posts,
        at=now,
        is_own=change.is_of(actor),
        may_decide=change.allows(actor, Decision.APPROVED, now),
        may_withdraw=change.allows(actor, Decision.WITHDRAWN, now),
    )
