"""Tries the logout endpoint of a system under test with a token for a session that nobody has."""

import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

from pingshan_kit import clock

from pingshan_identity.clients.relying_parties import NotConfirmed
from pingshan_identity.domain.clients.connection_test import Seen, Step
from pingshan_identity.domain.oauth.subject_identifier import subject_of
from pingshan_identity.domain.sign_out.sign_out import LOGOUT_TOKEN, logout_token_claims
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class TrySignOut:
    test_id: UUID
    client_id: str


async def try_sign_out(deps: Dependencies, command: TrySignOut) -> None:
    """Posts a logout token once, and writes down the answer and the difference of the clocks.

    Does nothing where the system has no logout endpoint.
    """
    async with deps.database.read() as tx:
        client = await clients.existing(tx, command.client_id)
    if client.backchannel_logout_uri is None:
        return
    claims = logout_token_claims(
        issuer=deps.signer.issuer,
        client_id=command.client_id,
        token_id=str(uuid4()),
        sub=subject_of(client, str(uuid4()), deps.personal.index),
        session_id=secrets.token_urlsafe(24),
        now=clock.now(),
    )
    token = deps.signer.sign(claims, LOGOUT_TOKEN, client.id_token_alg)
    fault, skew = None, None
    try:
        told_at = await deps.relying_parties.tell(client.backchannel_logout_uri, token, third_party=client.third_party)
    except NotConfirmed as error:
        fault, told_at = error.code, error.their_time
    now = clock.now()
    if told_at is not None:
        skew = (told_at - now).total_seconds()
    async with deps.database.begin() as tx:
        received = client.backchannel_logout_uri
        await connection_tests.note_in(tx, command.test_id, Seen(Step.SIGN_OUT, now, fault, received=received))
        await connection_tests.note_in(tx, command.test_id, Seen(Step.CLOCK, now, skew=skew))
