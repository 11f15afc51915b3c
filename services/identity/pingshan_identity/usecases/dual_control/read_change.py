"""One change that needs two people, with the names of what and whom it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, require_role
from pingshan_identity.domain.dual_control.change_request import ChangeRequest, decider
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.people import staff


@dataclass(frozen=True, slots=True)
class ChangeView:
    change: ChangeRequest
    names: Mapping[str, str] = field(repr=False)
    """Of the people concerned, by id."""
    posts: Mapping[str, tuple[str, str]]
    at: datetime
    may_decide: bool
    may_withdraw: bool

    @property
    def is_open(self) -> bool:
        return self.change.is_open(self.at)


async def read_change(actor: Actor, database: Database, personal: PersonalData, *, change_id: UUID) -> ChangeView:
    """Raises AdministratorRequired, ChangeNotFound."""
    require_role(actor, SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR)
    async with database.read() as tx:
        change = await change_requests.get(tx, change_id)
        if change is None:
            raise ChangeNotFound
        concerned = {change.requested_by, change.decided_by, change.details.get("person_id")} - {None}
        names = await staff.names(tx, personal, sorted(str(each) for each in concerned))
        posts = {code: (zh, en) for code, zh, en in await staff.posts(tx)}
    now = clock.now()
    own = change.requested_by == actor.person_id
    return ChangeView(
        change=change,
        names=names,
        posts=posts,
        at=now,
        may_decide=change.is_open(now) and not own and decider(change.kind) in actor.roles,
        may_withdraw=change.is_open(now) and own,
    )
