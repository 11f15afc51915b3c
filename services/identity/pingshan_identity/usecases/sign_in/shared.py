"""The sign-in under way, its level and codes by SMS, for several use cases, in the caller's transaction.

`begin_attempt` gives the random id that stands in the page's address; the store keeps its SHA-256. It counts only
together with the secret of the browser that began it, so that an address that was passed on opens nothing, and two tabs
that sign in at the same time do not disturb each other.
"""

import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from pingshan_kit import clock, jobs
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.errors import SignInAttemptExpired
from pingshan_identity.domain.oauth.acr import asked_level
from pingshan_identity.domain.oauth.claims_request import read_claims_request
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method, level_needed
from pingshan_identity.domain.sign_in.sign_in_attempt import Missing, SignInAttempt
from pingshan_identity.domain.sign_in.sms_code import LIFE, check_limits, new_code, normalise
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people import public_persons
from pingshan_identity.store.people.persons import lock_ways_in
from pingshan_identity.store.sign_in import sign_in_attempts, sms_challenges
from pingshan_identity.usecases.authorization_requests.waiting_requests import leads_to
from pingshan_identity.usecases.counting import browser_of, number_may_again_since
from pingshan_identity.usecases.job_kinds import SEND_SMS_CODE, SealedCode
from pingshan_identity.usecases.sessions.shared import SignedIn, start_session

SECOND_FACTOR = "second-factor"
SIGN_IN = "sign-in"

_DAY = timedelta(days=1)


async def needed_level(tx: AsyncConnection, personal: PersonalData, realm: Realm, continuation: str) -> int:
    """Returns the assurance level, 1 to 3, that a sign-in must reach to continue there.

    An unknown client counts as identity's own page.
    """
    destination = await leads_to(tx, personal, continuation)
    if destination is None:
        return level_needed(realm, system=None, asked=None)
    client, asked = destination
    return level_needed(realm, system=client.required_level, asked=_asked(asked.get("acr_values"), asked.get("claims")))


def _asked(acr_values: str | None, claims: str | None) -> int | None:
    """Returns the level asked for; None for what cannot be read, which the authorization endpoint tells the client."""
    try:
        return asked_level(acr_values, read_claims_request(claims))[0]
    except OAuthError:
        return None


async def begin_attempt(
    tx: AsyncConnection, *, realm: Realm, browser: str, level: int, continuation: str, session_id: str | None = None
) -> tuple[str, SignInAttempt]:
    """Begins a sign-in; returns its id and state. `session_id`: the session that a step-up raises, None for a new
    sign-in.
    """
    attempt = secrets.token_urlsafe(24)
    await sign_in_attempts.add(
        tx,
        attempt_hash=_hash(attempt),
        browser_hash=_hash(browser),
        realm=realm,
        level=level,
        continuation=continuation,
        session_id=session_id,
        now=clock.now(),
    )
    return attempt, await find_attempt(tx, attempt=attempt, browser=browser)


async def find_attempt(tx: AsyncConnection, *, attempt: str, browser: str) -> SignInAttempt:
    """Returns the open attempt, locked until the commit, and the password that it stands on with it.

    Raises:
        SignInAttemptExpired: it is unknown, another browser's, too old, or already a session; the session that it was
            to raise has ended; or the password was changed since.
    """
    found = await sign_in_attempts.find(tx, _hash(attempt[:100]), _hash(browser), clock.now())
    if found is None:
        raise SignInAttemptExpired
    if Method.PASSWORD in found.amr:
        found.require_same_password(await passwords.changed_at(tx, found.require_person()))
    return found


async def find_to_change_ways_in(tx: AsyncConnection, *, attempt: str, browser: str) -> SignInAttempt:
    """Returns the open attempt as `find_attempt` does, for a change of the ways into its person's account, which is
    locked first.

    Raises:
        SignInAttemptExpired.
    """
    person_id = await sign_in_attempts.person_of(tx, _hash(attempt[:100]))
    if person_id is not None:
        await lock_ways_in(tx, person_id)
    return await find_attempt(tx, attempt=attempt, browser=browser)


async def advance_attempt(
    tx: AsyncConnection,
    attempt: SignInAttempt,
    *,
    person_id: str,
    methods: Iterable[str],
    credential_id: bytes | None = None,
) -> SignInAttempt:
    """Keeps one more proof and returns the attempt after it. `credential_id`: the passkey, where it is one.

    Raises:
        SignInAttemptExpired: the proof is another person's.
    """
    proven = attempt.with_proof(person_id, methods)
    if credential_id is not None:
        proven = replace(proven, credential_id=credential_id)
    await sign_in_attempts.advance(
        tx, attempt, person_id=person_id, amr=proven.amr, acr=proven.acr, credential_id=proven.credential_id
    )
    return proven


async def still_missing(tx: AsyncConnection, attempt: SignInAttempt) -> Missing | None:
    """Returns what the attempt lacks for a session, None for nothing."""
    person_id, must_change, more = attempt.person_id, False, False
    if person_id is not None and attempt.stands_on_password:
        must_change = await passwords.must_change(tx, person_id)
    if person_id is not None and attempt.is_by_sms_alone:
        more = await public_persons.has_more_than_sms(tx, person_id)
    return attempt.missing(must_change_password=must_change, has_more_than_sms=more)


async def finish_attempt(
    tx: AsyncConnection, personal: PersonalData, attempt: SignInAttempt, visitor: Visitor
) -> SignedIn | None:
    """Returns the session; None while something is missing.

    Raises:
        SignInAttemptExpired: it became a session in the meantime.
    """
    if await still_missing(tx, attempt) is not None:
        return None
    if not await sign_in_attempts.use_up(tx, attempt, clock.now()):
        raise SignInAttemptExpired
    return await start_session(tx, personal, attempt, visitor)


async def send_sms_code(
    tx: AsyncConnection, personal: PersonalData, *, purpose: str, mobile: str, language: str, own_browser: bool
) -> UUID:
    """Orders an SMS with a new code and returns the challenge's id.

    The job keeps number and code encrypted, since it outlives the transaction. `own_browser`: whether the owner of the
    number has signed in in this browser before.

    Raises:
        SmsCodeNotSent: the number got a code within the last minute, or too many today.
    """
    now = clock.now()
    index = personal.index(mobile)
    since = await number_may_again_since(tx, personal, mobile, now - _DAY)
    check_limits(await sms_challenges.sent_to(tx, index, since), now, own_browser=own_browser)
    challenge_id, code = uuid7(), new_code()
    await sms_challenges.add(
        tx,
        challenge_id=challenge_id,
        purpose=purpose,
        mobile_index=index,
        code_hash=_code_hash(personal, challenge_id, code),
        now=now,
        life=LIFE,
    )
    content = json.dumps({"mobile": mobile, "code": code, "language": language})
    sealed = personal.encrypt(content, table="job", column="payload", row=str(challenge_id))
    await jobs.enqueue(tx, SEND_SMS_CODE, str(challenge_id), SealedCode(sealed=sealed.hex()))
    return challenge_id


async def is_owners_browser(tx: AsyncConnection, personal: PersonalData, visitor: Visitor, mobile: str) -> bool:
    """Returns whether the number's owner has signed in in this browser before."""
    owner = await public_persons.by_mobile(tx, personal, mobile)
    return owner is not None and browser_of(personal, visitor, owner.person_id) is not None


async def check_sms_code(
    tx: AsyncConnection, personal: PersonalData, *, purpose: str, challenge_id: UUID, code: str
) -> bool:
    """Returns whether the code is the one that was sent; counts the try, and uses the code up where it is right."""
    now = clock.now()
    expected = await sms_challenges.count_try(tx, challenge_id, purpose, now)
    typed = normalise(code)
    if expected is None or typed is None:
        return False
    if not hmac.compare_digest(_code_hash(personal, challenge_id, typed), expected):
        return False
    return await sms_challenges.use_up(tx, challenge_id, now)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _code_hash(personal: PersonalData, challenge_id: UUID, code: str) -> bytes:
    """Returns the keyed hash of a code; a plain one of a million codes could be tried out."""
    return personal.index(f"sms-code:{challenge_id}:{code}")
