"""Wiring of identity, nothing else."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pingshan_ui
from pingshan_kit import rpc
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.service_tokens import ServiceKeys
from starlette.routing import BaseRoute

from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.notifications import Notifications
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.clients.relying_parties import RelyingParties
from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.clients.upstream_registry import load as load_upstreams
from pingshan_identity.entrypoints.api import router
from pingshan_identity.entrypoints.audit.admin_records import AdminRecords
from pingshan_identity.entrypoints.clients.admin_clients import AdminClients
from pingshan_identity.entrypoints.clients.admin_connection_test import AdminConnectionTest
from pingshan_identity.entrypoints.clients.registration import Registration
from pingshan_identity.entrypoints.dual_control.admin_changes import AdminChanges
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.entrypoints.events import consumers
from pingshan_identity.entrypoints.factors.passkey_pages import PasskeyPages
from pingshan_identity.entrypoints.factors.second_factor_pages import SecondFactorPages
from pingshan_identity.entrypoints.factors.security_pages import SecurityPages
from pingshan_identity.entrypoints.grpc import servicers
from pingshan_identity.entrypoints.jobs import handlers, periodic
from pingshan_identity.entrypoints.keys.signing_keys import first_keys, keep_keys
from pingshan_identity.entrypoints.oauth.consent_pages import ConsentPages
from pingshan_identity.entrypoints.oauth.device_pages import DevicePages
from pingshan_identity.entrypoints.oauth.discovery import Discovery
from pingshan_identity.entrypoints.oauth.oidc import Oidc
from pingshan_identity.entrypoints.oauth.par import Par
from pingshan_identity.entrypoints.oauth.token_endpoint import TokenEndpoint
from pingshan_identity.entrypoints.oauth.trail import know_tested_clients
from pingshan_identity.entrypoints.pages import Pages
from pingshan_identity.entrypoints.people.admin_imports import AdminImports
from pingshan_identity.entrypoints.people.admin_organisation import AdminOrganisation
from pingshan_identity.entrypoints.people.admin_people import AdminPeople
from pingshan_identity.entrypoints.people.representation_pages import RepresentationPages
from pingshan_identity.entrypoints.sessions.admin_sessions import AdminSessions
from pingshan_identity.entrypoints.sessions.own_sessions import OwnSessions
from pingshan_identity.entrypoints.sign_in.sign_in_code_pages import SignInCodePages
from pingshan_identity.entrypoints.sign_in.sign_in_pages import SignInPages
from pingshan_identity.entrypoints.sign_in.upstream_pages import UpstreamPages
from pingshan_identity.entrypoints.sign_out.sign_out_boards import SignOutBoards
from pingshan_identity.entrypoints.sign_out.sign_out_pages import SignOutPages
from pingshan_identity.settings import Settings
from pingshan_identity.store.clients.tested_clients import TestedClients
from pingshan_identity.store.retention import RETENTION
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sessions.introspect_session import introspect_session

_WEB = Path(__file__).parent / "web"
_BODY_LIMIT = 8 * 1024 * 1024
"""Bytes: a sheet of 5,000 people has about 1 MB."""


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
                *Oidc(deps).routes,
                *TokenEndpoint(deps).routes,
                *Par(deps).routes,
                *Registration(deps).routes,
            ],
            templates=pingshan_ui.environment(_WEB, zh="统一身份认证", en="One sign-in"),
            auth=OwnSessions(deps),
            static=_WEB / "static",
            body_limit=_BODY_LIMIT,
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


def dependencies(settings: Settings, database: Database) -> tuple[Dependencies, Callable[[], Awaitable[None]]]:
    """What use cases need, and what closes it; the database stays the caller's."""
    alerts = rpc.channel(settings, "alerts")
    deps = Dependencies(
        database=database,
        personal=PersonalData.from_settings(settings),
        breached=BreachedPasswords(),
        passwords=Passwords(threads=settings.password_threads, queue=settings.password_queue),
        passkeys=Passkeys(settings.public_url),
        upstreams=load_upstreams(settings),
        signer=TokenSigner(settings.issuer),
        service_keys=ServiceKeys(settings.service_jwks),
        notifications=Notifications(alerts),
        relying_parties=RelyingParties(),
        tested_clients=TestedClients(),
    )

    async def close() -> None:
        await deps.passwords.close()
        await deps.relying_parties.close()
        await alerts.close(None)

    return deps, close


def _pages(settings: Settings, deps: Dependencies) -> list[BaseRoute]:
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
        *AdminPeople(settings, deps).routes,
        *AdminOrganisation(deps).routes,
        *AdminClients(deps).routes,
        *AdminConnectionTest(deps).routes,
        *AdminChanges(deps).routes,
        *AdminRecords(deps).routes,
        *AdminSessions(deps).routes,
    ]


async def _is_alive(deps: Dependencies, session_id: str, grant_id: str | None) -> bool:
    grant = UUID(grant_id) if grant_id else None
    return await introspect_session(deps, session_id=session_id, grant_id=grant)
