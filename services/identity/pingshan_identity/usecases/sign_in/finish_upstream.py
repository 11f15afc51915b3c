"""Finishes the visit of a browser to an upstream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.upstreams import UpstreamClient
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import (
    UpstreamAnswerRefused,
    UpstreamAway,
    UpstreamContradicts,
    UpstreamDenied,
    UpstreamNotLinked,
    UpstreamTaken,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import Method
from pingshan_identity.domain.sign_in.upstream import KeptVisit, Proven, Purpose, Upstream, Visit, require_visit
from pingshan_identity.domain.sign_in.visitor import Visitor
from pingshan_identity.store.people.persons import lock_ways_in
from pingshan_identity.store.sign_in.upstreams import take_visit
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.shared import SignedIn, own_session
from pingshan_identity.usecases.sign_in.shared import advance_attempt, begin_attempt, finish_attempt, needed_level
from pingshan_identity.usecases.sign_in.upstream_person import NotMatched, find_person, link_person

_ERRORS: Mapping[str, type[DomainError]] = {
    "upstream-not-linked": UpstreamNotLinked,
    "upstream-contradicts": UpstreamContradicts,
    "upstream-taken": UpstreamTaken,
}


@dataclass(frozen=True, slots=True)
class FinishUpstream:
    provider: str
    """Code of the upstream."""
    answer: Mapping[str, str] = field(repr=False)
    """Query of the callback."""
    visitor: Visitor
    language: str


@dataclass(frozen=True, slots=True)
class Returned:
    realm: Realm
    outcome: SignedIn | str | None = field(repr=False)
    """The session, the id of the attempt that lacks something, or None after linking."""
    continuation: str


async def finish_upstream(deps: Dependencies, actor: Actor, command: FinishUpstream) -> Returned:
    """Signs in, or links, the person whom the upstream vouches for; the state counts once, whatever comes of it.

    Raises:
        UpstreamUnknown: there is no such upstream.
        UpstreamStateUnknown: this browser did not begin the visit, or too long ago.
        UpstreamDenied, UpstreamAway, UpstreamAnswerRefused: the upstream's part failed.
        SessionNotFound: the session that links has ended.
        UpstreamNotLinked, UpstreamContradicts, UpstreamTaken: the answer fits nobody whom it may fit.
    """
    client = deps.upstreams.get(command.provider)
    upstream = client.upstream
    async with deps.database.begin() as tx:
        taken = await take_visit(
            tx,
            state_hash=sha256(command.answer.get("state", "").encode()).digest(),
            browser_hash=sha256(command.visitor.browser.encode()).digest(),
            provider=command.provider,
            now=clock.now(),
        )
    kept = require_visit(taken, actor.person_id)
    proven = await _prove(deps, actor, command, client, kept)
    async with deps.database.begin() as tx:
        if kept.purpose is Purpose.LINK and kept.person_id:
            await lock_ways_in(tx, kept.person_id)
            session = await own_session(tx, deps.personal, actor)
            matched = await link_person(
                tx,
                deps.personal,
                upstream,
                proven,
                kept.person_id,
                session=session,
            )
        else:
            matched = await find_person(tx, deps.personal, upstream, proven, command.language)
        if isinstance(matched, NotMatched):
            await _record(tx, actor, upstream, command.visitor, matched.reason, matched.person_id)
        elif kept.purpose is Purpose.LINK:
            return Returned(upstream.realm, None, kept.continuation)
        else:
            outcome = await _signed_in(tx, deps.personal, upstream, matched, kept, command.visitor)
            return Returned(upstream.realm, outcome, kept.continuation)
    raise _ERRORS[matched.reason](upstream=upstream.name_zh, upstream_en=upstream.name_en)


async def _prove(
    deps: Dependencies, actor: Actor, command: FinishUpstream, client: UpstreamClient, kept: KeptVisit
) -> Proven:
    """Returns what the upstream proves, outside of any transaction, since it may be slow; records a refusal."""
    try:
        visit = Visit(command.answer.get("state", ""), kept.nonce, kept.verifier)
        return await client.prove(command.answer, visit)
    except (UpstreamDenied, UpstreamAway, UpstreamAnswerRefused) as error:
        reasons = {UpstreamDenied: "upstream-denied", UpstreamAway: "upstream-away"}
        async with deps.database.begin() as tx:
            reason = reasons.get(type(error), "upstream-answer-refused")
            await _record(tx, actor, client.upstream, command.visitor, reason, kept.person_id)
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
    attempt, begun = await begin_attempt(
        tx, realm=upstream.realm, browser=visitor.browser, level=level, continuation=kept.continuation
    )
    proven = await advance_attempt(tx, begun, person_id=person_id, methods=(Method.FEDERATED,))
    return await finish_attempt(tx, personal, proven, visitor) or attempt


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
