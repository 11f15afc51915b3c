"""A company's legal representative lets somebody else act for it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import AgentNotFound, MobileNotValid, NotLegalRepresentative
from pingshan_identity.domain.people.representation import check_end, tidy_scope
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.login import normalise
from pingshan_identity.domain.sign_in.upstream import REAL_NAME_LEVEL
from pingshan_identity.store.people import public_persons, representations


async def appoint_agent(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    *,
    representation_id: UUID,
    mobile: str,
    scope: Collection[str],
    until: date | None,
) -> None:
    """`representation_id`: by which the person heads the company; `scope`: codes of systems, empty for all.

    Raises:
        NotLegalRepresentative: that is not theirs, or over.
        MobileNotValid, RepresentationEndNotValid: what was typed is wrong.
        AgentNotFound: nobody whose name is proven has that number; or it is one's own.

    """
    today = clock.today()
    last = check_end(until, today)
    number = normalise(Realm.PUBLIC, mobile)
    if number is None:
        raise MobileNotValid
    async with database.begin() as tx:
        by = await representations.get(tx, personal, representation_id)
        if by is None or by.person_id != actor.person_id or not by.may_appoint(today):
            raise NotLegalRepresentative
        agent = await public_persons.by_mobile(tx, personal, number)
        if agent is None or agent.real_name_level < REAL_NAME_LEVEL or agent.person_id == actor.person_id:
            raise AgentNotFound
        known = await representations.public_systems(tx)
        appointed = await representations.appoint(
            tx,
            personal,
            by,
            person_id=agent.person_id,
            scope=tidy_scope(scope, known),
            since=today,
            until=last,
        )
        if appointed is None:
            raise AgentNotFound
        for subject in (actor.id, f"person:{agent.person_id}"):
            await audit_log.append(
                tx, actor=actor, act=Act.AGENT_APPOINTED, subject=subject, details={"representation_id": appointed}
            )
