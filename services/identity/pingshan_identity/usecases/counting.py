"""The counts that an attempt belongs to: in a known browser its own, elsewhere those that all share."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.budget import Budget
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import SmsCodeNotSent
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in import known_browser
from pingshan_identity.domain.sign_in.network import network_of
from pingshan_identity.domain.sign_in.sms_code import COOL_DOWN
from pingshan_identity.domain.sign_in.throttle import Counted, seconds_until
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.sign_in import throttles
from pingshan_identity.store.sign_in.throttles import Count
from pingshan_identity.usecases.dependencies import Dependencies

_OWN = frozenset(
    {
        Counted.ACCOUNT_ON_NETWORK,
        Counted.BROWSER,
        Counted.FACTOR_ON_NETWORK,
        Counted.FACTOR_IN_BROWSER,
        Counted.PASSWORD_CHANGE,
    }
)
"""Counts that start again with a success: nobody else is counted there."""


def password_counts(
    personal: PersonalData, visitor: Visitor, *, realm: Realm, login: str | None, person_id: str | None
) -> Sequence[Count]:
    """Returns the counts of a password for that account; `person_id` is None where nobody has the name."""
    account, network = person_id or f"{realm} {login}", network_of(visitor.address)
    browser = browser_of(personal, visitor, person_id)
    if browser is not None:
        return [_count(personal, Counted.BROWSER, f"{account} {browser}", person_id, network)]
    return [
        _count(personal, Counted.ACCOUNT_ON_NETWORK, f"{account} {network}", person_id, network),
        _count(personal, Counted.ACCOUNT, account, person_id),
        _count(personal, Counted.NETWORK, network, None, network),
    ]


def sign_in_code_counts(personal: PersonalData, visitor: Visitor) -> Sequence[Count]:
    """Returns the counts of a sign-in code, beside its own tries: a network guesses the codes of many numbers."""
    network = network_of(visitor.address)
    return [_count(personal, Counted.NETWORK, network, None, network)]


def factor_counts(personal: PersonalData, visitor: Visitor, person_id: str) -> Sequence[Count]:
    """Returns the counts of a second factor of that person."""
    network, browser = network_of(visitor.address), browser_of(personal, visitor, person_id)
    if browser is not None:
        return [_count(personal, Counted.FACTOR_IN_BROWSER, f"{person_id} {browser}", person_id, network)]
    return [
        _count(personal, Counted.FACTOR_ON_NETWORK, f"{person_id} {network}", person_id, network),
        _count(personal, Counted.FACTOR, person_id, person_id),
    ]


def user_code_counts(personal: PersonalData, address: str, person_id: str) -> Sequence[Count]:
    """Returns the counts of a device's user code (RFC 8628 section 5.1), of the person and of their network."""
    network = network_of(address)
    return [
        _count(personal, Counted.USER_CODES, person_id, person_id),
        _count(personal, Counted.USER_CODES_ON_NETWORK, network, None, network),
    ]


async def spend_of_client(
    tx: AsyncConnection, personal: PersonalData, client: Client, address: str, budgets: Mapping[Counted, Budget]
) -> None:
    """Spends one request of a public client: `budgets` has its network's first, then its own.

    Raises:
        OAuthError: `temporarily_unavailable`, with the seconds to wait: nothing is left of one of them.
    """
    if not client.is_public:
        return
    now, of = clock.now(), (f"{client.client_id} {network_of(address)}", client.client_id)
    for (counted, budget), subject in zip(budgets.items(), of, strict=True):
        blocked_until = await throttles.spend(
            tx, personal, _count(personal, counted, subject, None, subject), budget, now
        )
        if blocked_until is not None:
            message = "too many requests with this client_id; a client that authenticates is not limited"
            raise OAuthError("temporarily_unavailable", message, retry_after=seconds_until(blocked_until, now))


def password_change_counts(personal: PersonalData, person_id: str) -> Sequence[Count]:
    return [_count(personal, Counted.PASSWORD_CHANGE, person_id, person_id)]


def browser_of(personal: PersonalData, visitor: Visitor, person_id: str | None) -> str | None:
    """Returns the id of the browser in which that person has signed in before; None for any other."""
    if person_id is None:
        return None
    return known_browser.browser_id(visitor.known_browser, person_id, clock.now(), personal.index)


async def note_success(tx: AsyncConnection, counts: Sequence[Count]) -> None:
    """Takes an attempt that succeeded out of its counts; what others tried stays counted."""
    await throttles.forget(tx, [count.key for count in counts if count.counted in _OWN])
    await throttles.give_back(tx, [count for count in counts if count.counted not in _OWN])


def sms_count(personal: PersonalData, counted: Counted, subject: str) -> Count:
    return _count(personal, counted, subject, None, subject or None)


async def number_may_again_since(tx: AsyncConnection, personal: PersonalData, mobile: str, since: datetime) -> datetime:
    """Returns from when on codes to the number count: `since`, or when an administrator lifted its limit."""
    lifted = await throttles.lifted_at(tx, sms_count(personal, Counted.SMS_NUMBER, mobile).key)
    return max(since, lifted) if lifted else since


@asynccontextmanager
async def noting_refused_number(deps: Dependencies, mobile: str) -> AsyncIterator[None]:
    """Keeps for administrators that the number's own limit refused a code; a wait of a minute is nobody's concern."""
    try:
        yield
    except SmsCodeNotSent as refused:
        wait = timedelta(seconds=float(str(refused.params["retry_after"])))
        if wait > COOL_DOWN and not refused.params.get("shared"):
            now = clock.now()
            async with deps.database.begin() as tx:
                count = sms_count(deps.personal, Counted.SMS_NUMBER, mobile)
                await throttles.note_refused(tx, deps.personal, count, now + wait, now)
        raise


def _count(
    personal: PersonalData, counted: Counted, of: str, person_id: str | None, subject: str | None = None
) -> Count:
    return Count(counted, personal.index(f"count {counted} {of}"), person_id, subject)
