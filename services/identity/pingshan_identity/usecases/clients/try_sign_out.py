"""Post a real logout token for a session that nobody has to a system under test, and compare the clocks."""

import secrets
from uuid import UUID, uuid4

from pingshan_kit import clock
from pingshan_kit.storage.database import Database

from pingshan_identity.clients.relying_parties import NotConfirmed, RelyingParties
from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.domain.clients.connection_test import Seen, Step
from pingshan_identity.domain.sign_out.sign_out import LOGOUT_TOKEN, logout_token_claims
from pingshan_identity.store.clients import clients, connection_tests


async def try_sign_out(
    database: Database,
    signer: TokenSigner,
    relying_parties: RelyingParties,
    *,
    test_id: UUID,
    client_id: str,
) -> None:
    """Once: whether it was confirmed or not is what the test is for."""
    async with database.read() as tx:
        client = await clients.existing(tx, client_id)
    if client.backchannel_logout_uri is None:
        return
    claims = logout_token_claims(
        issuer=signer.issuer,
        client_id=client_id,
        token_id=str(uuid4()),
        person_id=str(uuid4()),
        session_id=secrets.token_urlsafe(24),
        now=clock.now(),
    )
    token = signer.sign(claims, LOGOUT_TOKEN, client.id_token_alg)
    fault, skew = None, None
    try:
        told_at = await relying_parties.tell(client.backchannel_logout_uri, token)
    except NotConfirmed as error:
        fault, told_at = error.code, error.their_time
    now = clock.now()
    if told_at is not None:
        skew = (told_at - now).total_seconds()
    async with database.begin() as tx:
        received = client.backchannel_logout_uri
        await connection_tests.note_in(tx, test_id, Seen(Step.SIGN_OUT, now, fault, received=received))
        await connection_tests.note_in(tx, test_id, Seen(Step.CLOCK, now, skew=skew))
