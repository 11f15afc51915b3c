"""Reads a change under dual control, with the names of the people and posts in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from pingshan_kit import clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.clients.client_settings import CHANGEABLE, SCOPES
from pingshan_identity.domain.dual_control.change_request import (
    BEFORE,
    ChangeKind,
    ChangeRequest,
    Decision,
    Hand,
    concerned,
    deciders,
)
from pingshan_identity.domain.errors import ChangeNotFound
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.dual_control import change_requests
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.clients.shared import unresolved_hosts
from pingshan_identity.usecases.dependencies import Dependencies

_MOVES = (ChangeKind.MOVE_PERSON, ChangeKind.CANCEL_MOVE)


@dataclass(frozen=True, slots=True)
class ChangeView:
    change: ChangeRequest
    names: Mapping[str, str] = field(repr=False)
    """Names of the people concerned, by id."""
    posts: Mapping[str, tuple[str, str]]
    organisations: Mapping[str, tuple[str, str]]
    """Chinese and English names, by code."""
    client: tuple[str, str] | None
    """Chinese and English name of the client that is there, where the change is about one."""
    section: tuple[str, str] | None
    """Chinese and English name of the section that somebody moves to; None for none."""
    planned: date | None
    """Day of the move that lies ahead, whose place a MOVE_PERSON change takes, or that a CANCEL_MOVE takes back."""
    at: datetime
    outcome: Hand | None
    """Whose secret the administrator may fetch; None for none."""
    hand: Hand
    may_decide: bool
    may_withdraw: bool

    unresolved: Sequence[str]
    """Hosts that the platform is to call once the change is approved, and that do not resolve now."""

    scopes: Sequence[str] = SCOPES
    """Scopes of a new client whose proposal names none."""

    @property
    def replaced(self) -> Sequence[str]:
        """Returns the names of the settings that an approval of CHANGE_CLIENT replaces by others."""
        details = self.change.details
        before = details.get(BEFORE, {})
        return [each for each in CHANGEABLE if each in details and not _same(before.get(each), details[each])]

    @property
    def is_open(self) -> bool:
        return self.change.is_open(self.at)


def _same(one: object, other: object) -> bool:
    """Returns whether two values of a setting are the same; lists have no order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return one == other


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
        client_id, section_id = change.details.get("client_id"), change.details.get("section_id")
        client = await administered_clients.get(tx, client_id) if client_id else None
        section = await sections.names(tx, UUID(section_id)) if section_id else None
        moving = UUID(change.details["person_id"]) if change.kind in _MOVES else None
        mover = await staff.get(tx, deps.personal, moving, clock.today()) if moving else None
    now = clock.now()
    return ChangeView(
        change=change,
        names=names,
        posts=posts,
        organisations=named_organisations,
        client=(client.values["name_zh"], client.values["name_en"]) if client else None,
        section=section,
        planned=mover.moves_after(clock.today()) if mover else None,
        at=now,
        outcome=change.outcome_for(actor),
        hand=Hand.PROPOSER if change.is_of(actor) else Hand.DECIDER,
        may_decide=change.allows(actor, Decision.APPROVED, now),
        may_withdraw=change.allows(actor, Decision.WITHDRAWN, now),
        unresolved=await unresolved_hosts(deps, change.details) if change.is_open(now) else (),
    )
