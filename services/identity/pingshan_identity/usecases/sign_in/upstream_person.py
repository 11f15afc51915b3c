"""The person whom an upstream vouches for, found or linked in the caller's transaction.

A telephone number is handed on, so a match by it alone carries nothing over. An account that has nothing but its number
goes on, without its sessions; where there is more, a new person begins, and the number is theirs.
"""

from dataclasses import dataclass

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import ANONYMOUS
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import EndReason, Session
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.upstream import TELEPHONE_LEVEL, Known, Proven, Upstream, contradicts
from pingshan_identity.store.factors import passkeys, passwords, second_factors
from pingshan_identity.store.people import public_persons
from pingshan_identity.store.people.persons import lock_ways_in
from pingshan_identity.store.sessions import sessions
from pingshan_identity.store.sign_in import upstreams
from pingshan_identity.usecases.acting import acting
from pingshan_identity.usecases.sessions.shared import close_session


@dataclass(frozen=True, slots=True)
class NotMatched:
    """States why no person was matched; no link was written."""

    reason: str
    person_id: str | None = None


async def find_person(
    tx: AsyncConnection, personal: PersonalData, upstream: Upstream, proven: Proven, language: str
) -> str | NotMatched:
    """Returns the id of who is linked; of the public also who is known by person number, or is new.

    What was proven is filled in. NotMatched where it contradicts what is known, or nobody fits.
    """
    if proven.person_number:
        await public_persons.lock_number(tx, personal, proven.person_number)
    linked = await _linked(tx, upstream, subject_index(personal, upstream, proven))
    if upstream.realm is Realm.STAFF:
        return linked or NotMatched("upstream-not-linked")
    known = await public_persons.get(tx, personal, linked) if linked else await _by_number(tx, personal, proven)
    if known is not None:
        return await link_person(tx, personal, upstream, proven, known.person_id)
    if not proven.is_real_name:
        return NotMatched("upstream-not-linked")
    if proven.mobile:
        bare = await _free_number(tx, personal, proven.mobile)
        if bare is not None:
            return await link_person(tx, personal, upstream, proven, bare)
    added = await public_persons.add(
        tx, personal, mobile=proven.mobile, language=language, real_name_level=proven.level_of_new
    )
    if added is None:
        return NotMatched("upstream-contradicts")
    return await link_person(tx, personal, upstream, proven, added)


async def link_person(
    tx: AsyncConnection,
    personal: PersonalData,
    upstream: Upstream,
    proven: Proven,
    person_id: str,
    *,
    session: Session | None = None,
) -> str | NotMatched:
    """Links the subject to the person, fills in what was proven, and returns the person's id.

    Where that proves the name for the first time, every way into the account from before ends: nobody knows who made
    it. What was presented now stays: the subject, and `session` with the proofs that it stands on; None for no session.

    NotMatched where that contradicts what is known, or the subject is linked to somebody else.
    """
    if upstream.realm is Realm.PUBLIC and await _is_contradiction(tx, personal, proven, person_id):
        return NotMatched("upstream-contradicts", person_id)
    index = subject_index(personal, upstream, proven)
    before = await upstreams.person_of(tx, upstream.code, index)
    if not await upstreams.link(tx, upstream.code, index, person_id, clock.now()):
        return NotMatched("upstream-taken", person_id)
    person = acting(person_id)
    details = {"method": "fed", "upstream": upstream.code}
    if before is None:
        await audit_log.append(tx, actor=person, act=Act.FACTOR_ADDED, subject=person.id, details=details)
    if upstream.realm is Realm.PUBLIC and await public_persons.fill(tx, personal, person_id, proven):
        await audit_log.append(tx, actor=person, act=Act.REAL_NAME_PROVEN, subject=person.id, details=details)
        await _end_what_was_before(tx, personal, (upstream.code, index), person_id, session)
    return person_id


def subject_index(personal: PersonalData, upstream: Upstream, proven: Proven) -> bytes:
    return personal.index(f"upstream {upstream.code} {proven.subject}")


async def _linked(tx: AsyncConnection, upstream: Upstream, index: bytes) -> str | None:
    """Returns the id of who is linked; None where nobody is, or the link ended at the same moment."""
    person_id = await upstreams.person_of(tx, upstream.code, index)
    if person_id is None:
        return None
    await lock_ways_in(tx, person_id)
    return await upstreams.person_of(tx, upstream.code, index)


async def _by_number(tx: AsyncConnection, personal: PersonalData, proven: Proven) -> Known | None:
    return await public_persons.by_number(tx, personal, proven.person_number) if proven.person_number else None


async def _free_number(tx: AsyncConnection, personal: PersonalData, mobile: str) -> str | None:
    """Returns whose account has that number and nothing else; takes the number from any other, and returns None."""
    known = await public_persons.by_mobile(tx, personal, mobile)
    if known is not None and not await public_persons.has_more_than_sms(tx, known.person_id):
        return known.person_id
    await release_mobile(tx, personal, mobile)
    return None


async def begin_person(tx: AsyncConnection, personal: PersonalData, mobile: str, language: str) -> str | None:
    """Returns the id of a new person with that number, which whoever had it has no more.

    None where somebody else took it at the same time.
    """
    await release_mobile(tx, personal, mobile)
    return await public_persons.add(tx, personal, mobile=mobile, language=language, real_name_level=TELEPHONE_LEVEL)


async def release_mobile(tx: AsyncConnection, personal: PersonalData, mobile: str) -> None:
    """Takes the number from whoever has it, who finds that in their record."""
    before = await public_persons.release_mobile(tx, personal, mobile)
    if before is not None:
        former = acting(before)
        await audit_log.append(tx, actor=ANONYMOUS, act=Act.TELEPHONE_RELEASED, subject=former.id, details={})


async def _end_what_was_before(
    tx: AsyncConnection,
    personal: PersonalData,
    link: tuple[str, bytes],
    person_id: str,
    session: Session | None,
) -> None:
    """Ends the other ways into the account and its other sessions, and records each.

    Of several passkeys the one that the session stands on stays: another may be a stranger's. `link`: upstream and
    subject that were presented.
    """
    methods, passkey, session_id = _presented(session)
    person = acting(person_id, session_id)
    ended = {
        "pwd": Method.PASSWORD not in methods and await passwords.remove(tx, person_id),
        "passkey": await passkeys.remove_others(tx, person_id, passkey),
        "otp": Method.OTP not in methods and await second_factors.remove_totp(tx, person_id),
        "fed": await upstreams.unlink_others(tx, *link, person_id),
    }
    for method in (method for method, gone in ended.items() if gone):
        details = {"method": method, "reason": "name-proven"}
        await audit_log.append(tx, actor=person, act=Act.FACTOR_REMOVED, subject=person.id, details=details)
    for live in await sessions.live_of(tx, personal, person_id, clock.now()):
        if live.session_id != session_id:
            await close_session(tx, person, session_id=live.session_id, person_id=person_id, reason=EndReason.SECURITY)


def _presented(session: Session | None) -> tuple[frozenset[str], bytes | None, str | None]:
    """Returns the methods and the passkey that the session stands on, and its id."""
    if session is None:
        return frozenset(), None, None
    return frozenset(session.amr), session.credential_id, session.session_id


async def _is_contradiction(tx: AsyncConnection, personal: PersonalData, proven: Proven, person_id: str) -> bool:
    known = await public_persons.get(tx, personal, person_id)
    owner = await public_persons.by_number(tx, personal, proven.person_number) if proven.person_number else None
    return known is None or contradicts(known, proven, owner)
