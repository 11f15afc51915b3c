"""Wiring of identity, nothing else."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pingshan_ui
from jinja2 import Environment
from pingshan_kit import rpc
from pingshan_kit.audit_log import Recorder
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.outgoing import Outgoing
from pingshan_kit.process.service import Service
from pingshan_kit.record_heads import HeadChecker
from pingshan_kit.sheets import Limits, Sheets
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.service_tokens import ServiceKeys
from pingshan_values.outside_address import Trusted
from starlette.routing import BaseRoute

from pingshan_identity.clients import client_documents
from pingshan_identity.clients.attestation import accepted_models
from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.client_documents import ClientDocuments
from pingshan_identity.clients.client_key_sets import ClientKeySets
from pingshan_identity.clients.notifications import Notifications
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.clients.relying_parties import PATIENCE, RelyingParties
from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.clients.upstream_registry import load as load_upstreams
from pingshan_identity.domain.access import may_administer
from pingshan_identity.domain.dual_control.change_request import ChangeKind, may_propose
from pingshan_identity.entrypoints.api import router
from pingshan_identity.entrypoints.audit.admin_records import AdminRecords
from pingshan_identity.entrypoints.authorization_requests.par import Par
from pingshan_identity.entrypoints.clients.admin_clients import AdminClients
from pingshan_identity.entrypoints.clients.admin_connection_test import AdminConnectionTest
from pingshan_identity.entrypoints.clients.registration import Registration
from pingshan_identity.entrypoints.consents.consent_pages import ConsentPages
from pingshan_identity.entrypoints.devices.device_authorization_endpoint import DeviceAuthorizationEndpoint
from pingshan_identity.entrypoints.devices.device_pages import DevicePages
from pingshan_identity.entrypoints.dual_control.admin_changes import AdminChanges, RefusedPage
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.entrypoints.events import consumers
from pingshan_identity.entrypoints.factors.passkey_pages import PasskeyPages
from pingshan_identity.entrypoints.factors.second_factor_pages import SecondFactorPages
from pingshan_identity.entrypoints.factors.security_pages import SecurityPages
from pingshan_identity.entrypoints.grpc import servicers
from pingshan_identity.entrypoints.imports.admin_imports import AdminImports
from pingshan_identity.entrypoints.jobs import handlers, periodic
from pingshan_identity.entrypoints.keys.signing_keys import first_keys, keep_keys
from pingshan_identity.entrypoints.oauth.authorization_endpoint import AuthorizationEndpoint
from pingshan_identity.entrypoints.oauth.discovery import Discovery
from pingshan_identity.entrypoints.oauth.introspection_endpoint import IntrospectionEndpoint
from pingshan_identity.entrypoints.oauth.revocation_endpoint import RevocationEndpoint
from pingshan_identity.entrypoints.oauth.token_endpoint import TokenEndpoint
from pingshan_identity.entrypoints.oauth.trail import know_tested_clients
from pingshan_identity.entrypoints.oauth.userinfo_endpoint import UserinfoEndpoint
from pingshan_identity.entrypoints.organisations.admin_organisation import AdminOrganisation
from pingshan_identity.entrypoints.pages import Pages
from pingshan_identity.entrypoints.people.admin_duties import AdminDuties
from pingshan_identity.entrypoints.people.admin_people import AdminPeople
from pingshan_identity.entrypoints.representations.representation_pages import RepresentationPages
from pingshan_identity.entrypoints.sessions.admin_sessions import AdminSessions
from pingshan_identity.entrypoints.sessions.own_sessions import OwnSessions
from pingshan_identity.entrypoints.sign_in.admin_throttles import AdminThrottles
from pingshan_identity.entrypoints.sign_in.opened_windows import keeps_opener
from pingshan_identity.entrypoints.sign_in.sign_in_code_pages import SignInCodePages
from pingshan_identity.entrypoints.sign_in.sign_in_pages import SignInPages
from pingshan_identity.entrypoints.sign_in.upstream_pages import UpstreamPages
from pingshan_identity.entrypoints.sign_out.end_session_endpoint import EndSessionEndpoint
from pingshan_identity.entrypoints.sign_out.sign_out_boards import SignOutBoards
from pingshan_identity.entrypoints.sign_out.sign_out_pages import SignOutPages
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients.client_reads import ClientReads
from pingshan_identity.store.clients.tested_clients import TestedClients
from pingshan_identity.store.oauth.code_flow import CodeFlow
from pingshan_identity.store.oauth.token_reads import TokenReads
from pingshan_identity.store.retention import RETENTION
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.introspect_session import introspect_session

_WEB = Path(__file__).parent / "web"
LEAN = {
    "/token": 1,
    "/revoke": 1,
    "/par": 1,
    "/introspect": 100,
    "/userinfo": 100,
    "/jwks": 1_000,
    "/.well-known/openid-configuration": 1_000,
    "/.well-known/oauth-authorization-server": 1_000,
}
"""Paths of the lean door; of those that only read, one act in so many is exported."""

_SHEETS = Limits()


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    trust_of(settings).revocations.introspect = partial(_is_alive, deps)
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=application(
            settings,
            database=database,
            errors=ERRORS,
            pages=_pages(settings, deps),
            api=router(deps),
            machine=[
                *Discovery(deps).routes,
                *AuthorizationEndpoint(deps).routes,
                *UserinfoEndpoint(deps).routes,
                *EndSessionEndpoint(settings, deps).routes,
                *TokenEndpoint(deps).routes,
                *IntrospectionEndpoint(deps).routes,
                *RevocationEndpoint(deps).routes,
                *DeviceAuthorizationEndpoint(deps).routes,
                *Par(deps).routes,
                *Registration(deps).routes,
            ],
            templates=_templates(),
            auth=OwnSessions(deps),
            static=_WEB / "static",
            larger_bodies={
                "/admin/imports": 2 * _SHEETS.most_bytes
            },  # what is too large, but not twice, is told so in words
            lean=LEAN,
            keeps_opener=keeps_opener,
        ),
        grpc=servicers(deps),
        consumers=consumers(),
        jobs=handlers(deps),
        periodic=periodic(deps),
        retention=RETENTION,
        prepare=(partial(first_keys, deps),),
        everywhere={"signing-keys": partial(keep_keys, deps), "tested-clients": partial(know_tested_clients, deps)},
        heartbeat_seconds=settings.heartbeat_seconds,
        close=(close,),
    )


def _templates() -> Environment:
    """Returns the site's templates, which show what the domain's rules allow to whom, and name no role themselves."""
    templates = pingshan_ui.environment(_WEB, zh="统一身份认证", en="One sign-in")
    templates.globals.update(may_administer=may_administer, may_propose=may_propose)
    return templates


def dependencies(settings: Settings, database: Database) -> tuple[Dependencies, Callable[[], Awaitable[None]]]:
    """What use cases need, and what closes it; the database stays the caller's."""
    alerts = rpc.channel(settings, "alerts")
    personal = PersonalData.from_settings(settings)
    documents = ClientDocuments(
        Outgoing(
            settings.outgoing_ca_file,
            total_seconds=client_documents.PATIENCE,
            most_bytes=client_documents.MOST_BYTES,
        ),
        settings.trusted,
        Trusted.of(settings.registered_trusted),
    )
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
        relying_parties=RelyingParties(
            Outgoing(settings.outgoing_ca_file, total_seconds=PATIENCE),
            settings.trusted,
            Trusted.of(settings.registered_trusted),
        ),
        tested_clients=TestedClients(),
        sheets=Sheets(_SHEETS),
        head_checker=partial(HeadChecker, settings),
    )

    async def close() -> None:
        await deps.passwords.close()
        await deps.sheets.close()
        await alerts.close(None)

    return deps, close


def _pages(settings: Settings, deps: Dependencies) -> list[BaseRoute]:
    people, clients, sessions = AdminPeople(settings, deps), AdminClients(deps), AdminSessions(deps)
    proposed_at: dict[ChangeKind, RefusedPage] = {
        ChangeKind.RESET_PASSWORD: people.refused_proposal,
        ChangeKind.RESET_FACTORS: people.refused_proposal,
        ChangeKind.END_SESSIONS: sessions.refused_proposal,
        ChangeKind.OPEN_REGISTRATION: clients.refused_proposal,
    }
    return [
        *ConsentPages(deps).routes,
        *Pages(settings, deps).routes,
        *SignInPages(deps).routes,
        *SecondFactorPages(deps).routes,
        *PasskeyPages(deps).routes,
        *DevicePages(deps).routes,
        *SecurityPages(deps).routes,
        *UpstreamPages(deps).routes,
        *SignInCodePages(deps).routes,
        *RepresentationPages(deps).routes,
        *SignOutPages(settings, deps).routes,
        *SignOutBoards(settings, deps).routes,
        *AdminImports(deps).routes,
        *people.routes,
        *AdminDuties(deps).routes,
        *AdminOrganisation(deps).routes,
        *clients.routes,
        *AdminConnectionTest(deps).routes,
        *AdminChanges(deps, proposed_at).routes,
        *AdminRecords(deps).routes,
        *sessions.routes,
        *AdminThrottles(deps).routes,
    ]


async def _is_alive(deps: Dependencies, session_id: str, grant_id: str | None) -> bool:
    grant = UUID(grant_id) if grant_id else None
    return await introspect_session(deps, session_id=session_id, grant_id=grant)
