"""Wiring of identity, nothing else."""

from functools import partial
from pathlib import Path
from uuid import UUID

import pingshan_ui
from pingshan_kit import rpc
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_kit.http import application
from pingshan_kit.runner import Service
from pingshan_kit.trust import trust_of
from pingshan_kit.trust.service_tokens import ServiceKeys
from pingshan_values.actor import ANONYMOUS
from starlette.routing import BaseRoute

from pingshan_identity.clients.breached_passwords import BreachedPasswords
from pingshan_identity.clients.notifications import Notifications
from pingshan_identity.clients.passkeys import Passkeys
from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.clients.relying_parties import RelyingParties
from pingshan_identity.clients.tokens import TokenSigner
from pingshan_identity.clients.upstream_registry import load as load_upstreams
from pingshan_identity.entrypoints.admin_changes import AdminChanges
from pingshan_identity.entrypoints.admin_clients import AdminClients
from pingshan_identity.entrypoints.admin_connection_test import AdminConnectionTest
from pingshan_identity.entrypoints.admin_imports import AdminImports
from pingshan_identity.entrypoints.admin_organisation import AdminOrganisation
from pingshan_identity.entrypoints.admin_people import AdminPeople
from pingshan_identity.entrypoints.admin_records import AdminRecords
from pingshan_identity.entrypoints.admin_sessions import AdminSessions
from pingshan_identity.entrypoints.api import router
from pingshan_identity.entrypoints.consent_pages import ConsentPages
from pingshan_identity.entrypoints.device_pages import DevicePages
from pingshan_identity.entrypoints.discovery import Discovery
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.entrypoints.events import consumers
from pingshan_identity.entrypoints.grpc import servicers
from pingshan_identity.entrypoints.jobs import handlers, periodic
from pingshan_identity.entrypoints.keys import first_keys, keep_keys
from pingshan_identity.entrypoints.oidc import Oidc
from pingshan_identity.entrypoints.own_sessions import OwnSessions
from pingshan_identity.entrypoints.pages import Pages
from pingshan_identity.entrypoints.par import Par
from pingshan_identity.entrypoints.passkey_pages import PasskeyPages
from pingshan_identity.entrypoints.registration import Registration
from pingshan_identity.entrypoints.representation_pages import RepresentationPages
from pingshan_identity.entrypoints.second_factor_pages import SecondFactorPages
from pingshan_identity.entrypoints.security_pages import SecurityPages
from pingshan_identity.entrypoints.sign_in_code_pages import SignInCodePages
from pingshan_identity.entrypoints.sign_in_pages import SignInPages
from pingshan_identity.entrypoints.sign_out_boards import SignOutBoards
from pingshan_identity.entrypoints.sign_out_pages import SignOutPages
from pingshan_identity.entrypoints.token_endpoint import TokenEndpoint
from pingshan_identity.entrypoints.trail import know_tested_clients
from pingshan_identity.entrypoints.upstream_pages import UpstreamPages
from pingshan_identity.settings import Settings
from pingshan_identity.store.retention import RETENTION
from pingshan_identity.usecases.introspect_session import introspect_session
from pingshan_identity.usecases.tested_clients import TestedClients
from pingshan_identity.usecases.tools import Tools

_WEB = Path(__file__).parent / "web"
_BODY_LIMIT = 8 * 1024 * 1024
"""Bytes: a sheet of 5,000 people has about 1 MB."""


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    alerts = rpc.channel(settings, "alerts")
    tools = Tools(
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
    trust_of(settings).revocations.introspect = partial(_is_alive, tools)
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=application(
            settings,
            database=database,
            errors=ERRORS,
            pages=_pages(settings, tools),
            api=router(tools),
            machine=[
                *Discovery(tools).routes,
                *Oidc(tools).routes,
                *TokenEndpoint(tools).routes,
                *Par(tools).routes,
                *Registration(tools).routes,
            ],
            templates=pingshan_ui.environment(_WEB, zh="统一身份认证", en="One sign-in"),
            auth=OwnSessions(tools),
            static=_WEB / "static",
            body_limit=_BODY_LIMIT,
        ),
        grpc=servicers(tools),
        consumers=consumers(),
        jobs=handlers(tools),
        periodic=periodic(tools),
        retention=RETENTION,
        prepare=(partial(first_keys, tools),),
        everywhere={"signing-keys": partial(keep_keys, tools), "tested-clients": partial(know_tested_clients, tools)},
        heartbeat_seconds=settings.heartbeat_seconds,
        close=(tools.passwords.close, tools.relying_parties.close, partial(alerts.close, None)),
    )


def _pages(settings: Settings, tools: Tools) -> list[BaseRoute]:
    return [
        *ConsentPages(tools).routes,
        *Pages(settings, tools).routes,
        *SignInPages(tools).routes,
        *SecondFactorPages(tools).routes,
        *PasskeyPages(tools).routes,
        *DevicePages(tools).routes,
        *SecurityPages(tools).routes,
        *UpstreamPages(tools).routes,
        *SignInCodePages(tools).routes,
        *RepresentationPages(tools).routes,
        *SignOutPages(settings, tools).routes,
        *SignOutBoards(settings, tools).routes,
        *AdminImports(tools).routes,
        *AdminPeople(settings, tools).routes,
        *AdminOrganisation(tools).routes,
        *AdminClients(tools).routes,
        *AdminConnectionTest(tools).routes,
        *AdminChanges(tools).routes,
        *AdminRecords(tools).routes,
        *AdminSessions(tools).routes,
    ]


async def _is_alive(tools: Tools, session_id: str, grant_id: str | None) -> bool:
    grant = UUID(grant_id) if grant_id else None
    return await introspect_session(ANONYMOUS, tools.database, tools.personal, session_id=session_id, grant_id=grant)
