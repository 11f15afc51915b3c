"""The dependencies of the use cases, made once in `service.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from pingshan_kit.audit_log import Recorder
from pingshan_kit.crypto import PersonalData
from pingshan_kit.record_heads import HeadChecker
from pingshan_kit.sheets import Sheets
from pingshan_kit.storage.database import Database
from pingshan_kit.trust.service_tokens import ServiceKeys

from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.client_documents import ClientDocuments
from pingshan_identity.clients.client_key_sets import ClientKeySets
from pingshan_identity.clients.notifications import Notifications
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.clients.relying_parties import RelyingParties
from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.clients.upstreams import Upstreams
from pingshan_identity.store.clients.client_reads import ClientReads
from pingshan_identity.store.clients.tested_clients import TestedClients
from pingshan_identity.store.oauth.code_flow import CodeFlow
from pingshan_identity.store.oauth.token_reads import TokenReads


@dataclass(frozen=True)
class Dependencies:
    database: Database
    personal: PersonalData
    token_reads: TokenReads
    code_flow: CodeFlow
    client_reads: ClientReads
    client_documents: ClientDocuments
    client_key_sets: ClientKeySets
    recorder: Recorder
    passwords: Passwords
    breached: BreachedPasswords
    passkeys: Passkeys
    upstreams: Upstreams
    signer: TokenSigner
    service_keys: ServiceKeys
    notifications: Notifications
    relying_parties: RelyingParties
    tested_clients: TestedClients
    sheets: Sheets
    head_checker: Callable[[], HeadChecker]
    """Makes what holds the record against the heads in its file."""
