"""Reads a change under dual control, with the names of the people and posts in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.dual_control.change_request import ChangeRequest, Decision, Hand, concerned, deciders
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.people import organisations, staff
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class ChangeView:
    change: ChangeRequest
    names: Mapping[str, str] = field(repr=False)
    """Names of the people concerned, by id."""
    posts: Mapping[str, tuple[str, str]]
    organisations: Mapping[str, tuple[str, str]]
    """Chinese and English names, by code."""
    at: datetime
    outcome: Hand | None
    """Whose secret the administrator may fetch; None for none."""
    hand: Hand
    may_decide: bool
    may_withdraw: bool

    @property
    def is_open(self) -> bool:
        return self.change.is_open(self.at)


async def read_change(deps: Dependencies, actor: Actor, *, change_id: UUID) -> ChangeView:
    """Returns the change as this administrator sees it. Raises AdministratorRequired, ChangeNotFound."""
    async with deps.database.read() as tx:
        change = await change_requests.get(tx, change_id)
        if change is None or not deciders(change.kind) & actor.roles:
            check_may_administer(actor, AdministrativeAct.READ_CHANGE)
        if change is None:
            raise ChangeNotFound
        named = concerned(change.details) | ({change.requested_by, change.decided_by} - {None})
        names = await staff.names(tx, deps.personal, sorted(str(each) for each in named))
        posts = {code: (zh, en) for code, zh, en in await staff.posts(tx)}
        named_organisations = await organisations.names_by_code(tx)
    now = clock.now()
    return ChangeView(
        change=change,
        names=names,
        posts=posts,
        organisations=named_organisations,
        at=now,
        outcome=change.outcome_for(actor),
        hand=Hand.PROPOSER if change.is_of(actor) else Hand.DECIDER,
        may_decide=change.allows(actor, Decision.APPROVED, now),
        may_withdraw=change.allows(actor, Decision.WITHDRAWN, now),
    )
