"""A browser comes back from an upstream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.upstreams import UpstreamClient, Upstreams
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import (
    UpstreamAnswerRefused,
    UpstreamAway,
    UpstreamContradicts,
    UpstreamDenied,
    UpstreamNotLinked,
    UpstreamStateUnknown,
    UpstreamTaken,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.upstream import Proven, Purpose, Upstream, Visit
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.sign_in.upstreams import KeptVisit, take_visit
from pingshan_identity.usecases.sessions.shared import SignedIn
from pingshan_identity.usecases.sign_in import attempts
from pingshan_identity.usecases.sign_in.needed_level import needed_level
from pingshan_identity.usecases.sign_in.upstream_person import NotMatched, find_person, link_person

_ERRORS: Mapping[str, type[DomainError]] = {
    "upstream-not-linked": UpstreamNotLinked,
    "upstream-contradicts": UpstreamContradicts,
    "upstream-taken": UpstreamTaken,
}


@dataclass(frozen=True, slots=True)
class Returned:
    realm: Realm
    outcome: SignedIn | str | None = field(repr=False)
    """The session, the attempt that lacks a factor, or None after linking."""
    continuation: str


async def finish_upstream(
    actor: Actor,
    database: Database,
    personal: PersonalData,
    upstreams: Upstreams,
    *,
    provider: str,
    answer: Mapping[str, str],
    visitor: Visitor,
    language: str,
) -> Returned:
    """The state counts once, whatever comes of it. `answer`: the query of the callback.

    Raises:
        UpstreamUnknown; UpstreamStateUnknown: this browser did not begin it, or too long ago.
        UpstreamDenied, UpstreamAway, UpstreamAnswerRefused: the upstream's part failed.
        UpstreamNotLinked, UpstreamContradicts, UpstreamTaken: we cannot take its word.

    """
    client = upstreams.get(provider)
    upstream = client.upstream
    async with database.begin() as tx:
        kept = await take_visit(
            tx,
            state_hash=sha256(answer.get("state", "").encode()).digest(),
            browser_hash=sha256(visitor.browser.encode()).digest(),
            provider=provider,
            now=clock.now(),
        )
    if kept is None or (kept.purpose is Purpose.LINK and kept.person_id != actor.person_id):
        raise UpstreamStateUnknown
    proven = await _prove(actor, database, client, answer, kept, visitor)
    async with database.begin() as tx:
        if kept.purpose is Purpose.LINK and kept.person_id:
            matched = await link_person(tx, personal, upstream, proven, kept.person_id)
        else:
            matched = await find_person(tx, personal, upstream, proven, language)
        if isinstance(matched, NotMatched):
            await _record(tx, actor, upstream, visitor, matched.reason, matched.person_id)
        elif kept.purpose is Purpose.LINK:
            return Returned(upstream.realm, None, kept.continuation)
        else:
            outcome = await _signed_in(tx, personal, upstream, matched, kept, visitor)
            return Returned(upstream.realm, outcome, kept.continuation)
    raise _ERRORS[matched.reason](upstream=upstream.name_zh, upstream_en=upstream.name_en)


async def _prove(
    actor: Actor,
    database: Database,
    client: UpstreamClient,
    answer: Mapping[str, str],
    kept: KeptVisit,
    visitor: Visitor,
) -> Proven:
    """Outside of any transaction: the upstream may be slow."""
    try:
        return await client.prove(answer, Visit(answer.get("state", ""), kept.nonce, kept.verifier))
    except (UpstreamDenied, UpstreamAway, UpstreamAnswerRefused) as error:
        reasons = {UpstreamDenied: "upstream-denied", UpstreamAway: "upstream-away"}
        async with database.begin() as tx:
            reason = reasons.get(type(error), "upstream-answer-refused")
            await _record(tx, actor, client.upstream, visitor, reason, kept.person_id)
        raise


async def _signed_in(
    tx: AsyncConnection,
    personal: PersonalData,
    upstream: Upstream,
    person_id: str,
    kept: KeptVisit,
    visitor: Visitor,
) -> SignedIn | str:
    level = await needed_level(tx, personal, upstream.realm, kept.continuation)
    attempt = await attempts.begin(
        tx, realm=upstream.realm, browser=visitor.browser, level=level, continuation=kept.continuation
    )
    begun = await attempts.find(tx, attempt=attempt, browser=visitor.browser)
    proven = await attempts.advance(tx, begun, person_id=person_id, methods=(Method.FEDERATED,))
    return await attempts.finish(tx, personal, proven, visitor) or attempt


async def _record(
    tx: AsyncConnection, actor: Actor, upstream: Upstream, visitor: Visitor, reason: str, person_id: str | None
) -> None:
    await audit_log.append(
        tx,
        actor=actor,
        act=Act.SIGN_IN_REFUSED,
        subject=f"person:{person_id}" if person_id else "unknown",
        details={
            "realm": upstream.realm.value,
            "device": visitor.device,
            "method": "fed",
            "upstream": upstream.code,
            "reason": reason,
        },
    )
