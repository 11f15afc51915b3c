"""What identity's use cases work with, for tests that call them in their own process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from pingshan_identity.clients.attestation import accepted_models
from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.client_documents import ClientDocuments
from pingshan_identity.clients.client_key_sets import ClientKeySets
from pingshan_identity.clients.notifications import Notifications
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.clients.relying_parties import RelyingParties
from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.clients.upstream_registry import load as load_upstreams
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients.client_reads import ClientReads
from pingshan_identity.store.clients.tested_clients import TestedClients
from pingshan_identity.store.oauth.code_flow import CodeFlow
from pingshan_identity.store.oauth.token_reads import TokenReads
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_kit import rpc
from pingshan_kit.audit_log import Recorder
from pingshan_kit.crypto import PersonalData
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.record_heads import HeadChecker
from pingshan_kit.sheets import Limits, Sheets
from pingshan_kit.storage.database import Database
from pingshan_kit.trust.service_tokens import ServiceKeys


@asynccontextmanager
async def dependencies(settings: Settings) -> AsyncIterator[Dependencies]:
    """The bundle as the service's own process makes it; the signer has no keys yet."""
    alerts = rpc.channel(settings, "alerts")
    database, personal = Database.from_settings(settings), PersonalData.from_settings(settings)
    documents = ClientDocuments(Outgoing(), settings.trusted)
    deps = Dependencies(
        database=database,
        personal=personal,
        token_reads=TokenReads(database, personal),
        code_flow=CodeFlow(database, personal),
        client_reads=ClientReads(database),
        client_documents=documents,
        client_key_sets=ClientKeySets(documents),
        recorder=Recorder(database),
        breached=BreachedPasswords(),
        passwords=Passwords(threads=settings.password_threads, queue=settings.password_queue),
        passkeys=Passkeys(settings.public_url, accepted_models(settings.authenticators_file)),
        upstreams=load_upstreams(settings),
        signer=TokenSigner(settings.issuer),
        service_keys=ServiceKeys(settings.service_jwks),
        notifications=Notifications(alerts),
        relying_parties=RelyingParties(Outgoing(), settings.trusted),
        tested_clients=TestedClients(),
        sheets=Sheets(Limits()),
        head_checker=partial(HeadChecker, settings),
    )
    try:
        yield deps
    finally:
        await deps.passwords.close()
        await deps.sheets.close()
        await alerts.close(None)
        await deps.database.close()
