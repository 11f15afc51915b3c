"""How a person can sign in, for their own page."""

from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.factors.passkey import is_recent
from pingshan_identity.store.factors import second_factors
from pingshan_identity.store.factors.second_factors import Factors
from pingshan_identity.store.people import persons
from pingshan_identity.usecases.sessions.recent_sign_in import own_session


@dataclass(frozen=True, slots=True)
class Security:
    factors: Factors
    has_password: bool
    may_change: bool
    """The sign-in is fresh enough."""


async def read_security(actor: Actor, database: Database, personal: PersonalData) -> Security:
    """Raises SessionNotFound."""
    async with database.read() as tx:
        session = await own_session(tx, personal, actor)
        factors = await second_factors.factors_of(tx, session.person_id)
        has_password = await persons.password_hash(tx, session.person_id) is not None
    return Security(factors, has_password, is_recent(session.auth_time, clock.now()))
