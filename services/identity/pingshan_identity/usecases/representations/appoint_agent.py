"""Appoints an agent to act for a company."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import AgentNotFound, NotLegalRepresentative
from pingshan_identity.domain.representations.representation import agents_number, check_agent, check_end, tidy_scope
from pingshan_identity.store.people import public_persons
from pingshan_identity.store.representations import representations
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class AppointAgent:
    representation_id: UUID
    """Representation by which the actor heads the company."""
    mobile: str = field(repr=False)
    name: str = field(repr=False)
    """Name of the agent as the actor typed it."""
    scope: Collection[str]
    """Codes of systems; empty for all."""
    until: date | None


async def appoint_agent(deps: Dependencies, actor: Actor, command: AppointAgent) -> None:
    """Appoints the agent from today on; both people find it in their record.

    Raises:
        NotLegalRepresentative: the representation is not the actor's, or not current.
        MobileNotValid, RepresentationEndNotValid: what was typed is wrong.
        AgentNotFound: nobody else with that number has that name, proven, or they act for the company already.
    """
    today = clock.today()
    last = check_end(command.until, today)
    number = agents_number(command.mobile)
    async with deps.database.begin() as tx:
        by = await representations.get(tx, deps.personal, command.representation_id)
        if by is None:
            raise NotLegalRepresentative
        by.check_may_appoint(actor, today)
        agent = await public_persons.by_mobile(tx, deps.personal, number)
        if agent is None:
            raise AgentNotFound
        check_agent(actor, agent, named=command.name)
        scope = tidy_scope(command.scope, await representations.public_systems(tx))
        appointed = await representations.appoint(
            tx, deps.personal, by, person_id=agent.person_id, scope=scope, since=today, until=last
        )
        if appointed is None:
            raise AgentNotFound
        for subject in (actor.id, f"person:{agent.person_id}"):
            await audit_log.append(
                tx, actor=actor, act=Act.AGENT_APPOINTED, subject=subject, details={"representation_id": appointed}
            )
