"""The person whom an upstream vouches for, found or linked in the caller's transaction."""

from dataclasses import dataclass

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import Known, Proven, Upstream, contradicts
from pingshan_identity.store.people import public_persons
from pingshan_identity.store.sign_in import upstreams
from pingshan_identity.usecases.acting import acting


@dataclass(frozen=True, slots=True)
class NotMatched:
    """States why no person was matched; no link was written."""

    reason: str
    person_id: str | None = None


async def find_person(
    tx: AsyncConnection, personal: PersonalData, upstream: Upstream, proven: Proven, language: str
) -> str | NotMatched:
    """Returns the id of who is linked; of the public also who is known by number or telephone, or is new.

    What was proven is filled in. NotMatched where it contradicts what is known, or nobody fits.
    """
    if proven.person_number:
        await public_persons.lock_number(tx, personal, proven.person_number)
    linked = await upstreams.person_of(tx, upstream.code, subject_index(personal, upstream, proven))
    if upstream.realm is Realm.STAFF:
        return linked or NotMatched("upstream-not-linked")
    known = await public_persons.get(tx, personal, linked) if linked else await _by_facts(tx, personal, proven)
    if known is not None:
        return await link_person(tx, personal, upstream, proven, known.person_id)
    if not proven.is_real_name:
        return NotMatched("upstream-not-linked")
    added = await public_persons.add(
        tx, personal, mobile=proven.mobile, language=language, real_name_level=proven.level_of_new
    )
    if added is None:
        return NotMatched("upstream-contradicts")
    return await link_person(tx, personal, upstream, proven, added)


async def link_person(
    tx: AsyncConnection, personal: PersonalData, upstream: Upstream, proven: Proven, person_id: str
) -> str | NotMatched:
    """Links the subject to the person, fills in what was proven, and returns the person's id.

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
    return person_id


def subject_index(personal: PersonalData, upstream: Upstream, proven: Proven) -> bytes:
    return personal.index(f"upstream {upstream.code} {proven.subject}")


async def _by_facts(tx: AsyncConnection, personal: PersonalData, proven: Proven) -> Known | None:
    """Returns who is known by the person number, else by the telephone, which may have had another owner."""
    found = await public_persons.by_number(tx, personal, proven.person_number) if proven.person_number else None
    if found is None and proven.mobile:
        found = await public_persons.by_mobile(tx, personal, proven.mobile)
    return found


async def _is_contradiction(tx: AsyncConnection, personal: PersonalData, proven: Proven, person_id: str) -> bool:
    known = await public_persons.get(tx, personal, person_id)
    owner = await public_persons.by_number(tx, personal, proven.person_number) if proven.person_number else None
    return known is None or contradicts(known, proven, owner)
