"""Signs in with name and password, as the first proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pingshan_kit import audit_log, clock
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import SignInRefused
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method, level_with_password
from pingshan_identity.domain.sign_in.login import MAX_PASSWORD_LENGTH, normalise
from pingshan_identity.domain.sign_in.throttle import require_admitted
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people import persons
from pingshan_identity.store.people.persons import Credential
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.store.sign_in.throttles import Count
from pingshan_identity.usecases.counting import note_success, password_counts
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in.shared import advance_attempt, begin_attempt, finish_attempt, needed_level


@dataclass(frozen=True, slots=True)
class SignInWithPassword:
    realm: Realm
    login: str = field(repr=False)
    """Login name or mobile number as the person typed it."""
    password: str = field(repr=False)
    visitor: Visitor
    continuation: str


async def sign_in_with_password(deps: Dependencies, actor: Actor, command: SignInWithPassword) -> SignedIn | str:
    """Returns the session, or the attempt's id while something is missing; a stolen password must be changed first.

    Raises:
        SignInRefused: the name or the password is wrong.
        SignInThrottled: too many attempts for this account or from this network, in a browser that is not known.
        SignInBusy: too many people are signing in at this moment.
    """
    password = command.password
    with deps.passwords.admission():
        name = normalise(command.realm, command.login)
        credential, counts = await _admit(deps, actor, command, name)
        stored = credential.password_hash if credential else None
        right = await deps.passwords.verify(stored, password[:MAX_PASSWORD_LENGTH])
        if not right or credential is None or len(password) > MAX_PASSWORD_LENGTH:
            await _refuse(deps, actor, command, credential)
            raise SignInRefused
        renewed = await deps.passwords.hash(password) if stored and deps.passwords.is_outdated(stored) else None
    async with deps.database.begin() as tx:
        if await passwords.changed_at(tx, credential.person_id) != credential.password_changed_at:
            raise SignInRefused  # it was changed while this one was hashed
        await note_success(tx, counts)
        if password in deps.breached:
            await passwords.demand_change(tx, credential.person_id)
        if renewed is not None:
            await passwords.rehash(tx, credential.person_id, renewed)
        needed = await needed_level(tx, deps.personal, command.realm, command.continuation)
        known_to_another = await passwords.must_change(tx, credential.person_id)
        attempt, begun = await begin_attempt(
            tx,
            realm=command.realm,
            browser=command.visitor.browser,
            level=level_with_password(command.realm, needed, known_to_another=known_to_another),
            continuation=command.continuation,
        )
        proven = await advance_attempt(tx, begun, person_id=credential.person_id, methods=(Method.PASSWORD,))
        return await finish_attempt(tx, deps.personal, proven, command.visitor) or attempt


async def _admit(
    deps: Dependencies, actor: Actor, command: SignInWithPassword, login: str | None
) -> tuple[Credential | None, Sequence[Count]]:
    now = clock.now()
    async with deps.database.begin() as tx:
        credential = await persons.credential_of(tx, deps.personal, command.realm, login or "")
        person_id = credential.person_id if credential else None
        counts = password_counts(deps.personal, command.visitor, realm=command.realm, login=login, person_id=person_id)
        blocked_until = await throttles.admit(tx, deps.personal, counts, now)
        if blocked_until is not None:
            await _record(tx, actor, command, Act.SIGN_IN_THROTTLED, credential, "too-many-attempts")
    require_admitted(blocked_until, now)
    return credential, counts


async def _refuse(deps: Dependencies, actor: Actor, command: SignInWithPassword, credential: Credential | None) -> None:
    async with deps.database.begin() as tx:
        await _record(tx, actor, command, Act.SIGN_IN_REFUSED, credential, "wrong-name-or-password")


async def _record(
    tx: AsyncConnection, actor: Actor, command: SignInWithPassword, act: Act, who: Credential | None, reason: str
) -> None:
    subject = f"person:{who.person_id}" if who else "unknown"
    details = {"realm": command.realm.value, "device": command.visitor.device, "reason": reason}
    await audit_log.append(tx, actor=actor, act=act, subject=subject, details=details)
